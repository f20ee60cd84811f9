import { DeltaError } from '../errors.ts'
import { parseLossless } from '../json.ts'
import type { AddFile } from '../protocol/actions.ts'
import { mappingMode, physicalSchema } from '../schema/mapping.ts'
import { type DeltaType, decimalOf, leavesOf, type StructType } from '../schema/schema.ts'
import { toMicros } from './values.ts'

/** Statistics of one file. Numbers keep the text of the log, because longs and decimals exceed what a JavaScript number holds. */
export interface FileStats {
  readonly numRecords: number | undefined
  /** False when the bounds may be wider than the rows, as with deletion vectors. */
  readonly tight: boolean
  min(path: readonly string[]): string | undefined
  max(path: readonly string[]): string | undefined
  nullCount(path: readonly string[]): number | undefined
}

/** Parsed statistics take more memory than their text, so those of a table with very many files are not all kept. */
const mostParsed = 20_000
let parsed = new WeakMap<AddFile, FileStats>()
let parsedFiles = 0

/** A file without usable statistics gives `undefined` for everything and is never skipped. */
export function statsOf(file: AddFile): FileStats {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const stats = parseStats(file.stats)
  if (parsedFiles++ >= mostParsed) {
    parsed = new WeakMap()
    parsedFiles = 1
  }
  parsed.set(file, stats)
  return stats
}

export function parseStats(text: string | undefined): FileStats {
  const root = text === undefined ? {} : parseLossless(text)
  const count = scalarAt(root, ['numRecords'])
  const at = (group: string, path: readonly string[]) => scalarAt(root, [group, ...path])
  return {
    numRecords: count === undefined ? undefined : safeCount(count),
    tight: scalarAt(root, ['tightBounds']) !== 'false',
    min: (path) => at('minValues', path),
    max: (path) => at('maxValues', path),
    nullCount: (path) => safeCount(at('nullCount', path) ?? ''),
  }
}

function safeCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function scalarAt(root: unknown, path: readonly string[]): string | undefined {
  let at = root
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Record<string, unknown>)[name]
  }
  return typeof at === 'string' ? at : typeof at === 'boolean' || typeof at === 'number' ? String(at) : undefined
}

/** What `COPY … (RETURN_STATS)` reports about one column of one file. */
export interface ColumnStatistics {
  readonly min: string | undefined
  readonly max: string | undefined
  readonly nullCount: number
  readonly hasNan: boolean
}
/** By the path of the column, in the form of `pathKey`. */
export type FileStatistics = ReadonlyMap<string, ColumnStatistics>

export function pathKey(path: readonly string[]): string {
  return path.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}

/** `column_statistics` of RETURN_STATS in DuckDB's JSON form: a list of pairs of lists of pairs. */
export function readStatistics(value: unknown): FileStatistics {
  const columns = new Map<string, ColumnStatistics>()
  for (const { key, value: entries } of value as { key: string; value: { key: string; value: string }[] }[]) {
    const facts = new Map(entries.map((entry) => [entry.key, entry.value]))
    columns.set(key, {
      min: facts.get('min'),
      max: facts.get('max'),
      nullCount: Number(facts.get('null_count') ?? 0),
      hasNan: facts.get('has_nan') === 'true',
    })
  }
  return columns
}

export interface StatsRules {
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  readonly properties: Readonly<Record<string, string | undefined>>
  /** A column that gets statistics in any case: `replaceBatch` finds its rows by them. */
  readonly always?: string
}

/**
 * The `stats` text of a file (PROTOCOL.md, Per-file Statistics). Covers the first 32 leaf columns, or the columns of
 * `delta.dataSkippingNumIndexedCols` and `delta.dataSkippingStatsColumns`. Builds the text number by number, so that no long or decimal
 * passes through a double.
 */
export function writeStats(rows: number, columns: FileStatistics, rules: StatsRules): string {
  const mins: Entry[] = []
  const maxs: Entry[] = []
  const nulls: Entry[] = []
  for (const { physical: path, type } of statsLeaves(rules)) {
    const column = columns.get(pathKey(path))
    if (column === undefined) continue
    nulls.push([path, String(column.nullCount)])
    if (column.min === undefined || column.max === undefined) continue
    const min = boundText(type, column.min, 'min', column.hasNan, path)
    const max = boundText(type, column.max, 'max', column.hasNan, path)
    if (min !== undefined && max !== undefined) {
      mins.push([path, min])
      maxs.push([path, max])
    } else if (type === 'string' && min !== undefined) {
      mins.push([path, min])
    }
  }
  return `{"numRecords":${rows},"minValues":${nest(mins)},"maxValues":${nest(maxs)},"nullCount":${nest(nulls)},"tightBounds":true}`
}

/** Properties name the columns by their logical names. The statistics have their physical names. */
function statsLeaves({ schema, partitionColumns, properties, always }: StatsRules) {
  const fields = schema.fields.filter((f) => !partitionColumns.includes(f.name))
  const physical = leavesOf(physicalSchema({ type: 'struct', fields }, mappingMode(properties)).fields)
  const leaves = leavesOf(fields).map((leaf, index) => ({ ...leaf, physical: physical[index]?.path ?? leaf.path }))
  const named = properties['delta.dataSkippingStatsColumns']
  const count = Number(properties['delta.dataSkippingNumIndexedCols'] ?? 32)
  const wanted = named?.split(',').map((name) => name.trim().replaceAll('`', ''))
  return leaves
    .filter(({ path }, index) => {
      if (path[0] === always) return true
      if (wanted === undefined) return count === -1 || index < count
      return path.some((_, depth) => wanted.includes(path.slice(0, depth + 1).join('.')))
    })
    .filter(({ type }) => typeof type === 'string')
}

const jsonNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** A bound as JSON text. `undefined` when DuckDB's bound does not bound all rows. */
function boundText(type: DeltaType, text: string, side: 'min' | 'max', hasNan: boolean, path: readonly string[]): string | undefined {
  if (decimalOf(type) !== undefined) {
    // DuckDB omits the zero before the decimal point when the type has no digit there. JSON needs it.
    const number = text.replace(/^(-?)\./, '$10.')
    return jsonNumber.test(number) ? number : undefined
  }
  switch (type) {
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return jsonNumber.test(text) ? text : undefined
    case 'double':
      return hasNan || !jsonNumber.test(text) ? undefined : text
    case 'float':
      return hasNan || !jsonNumber.test(text) ? undefined : String(Math.fround(Number(text)))
    case 'string':
      return side === 'min' ? JSON.stringify(shorten(text).prefix) : upperBound(text)
    case 'date':
      refuseInfinity(text, path)
      return /^\d{4}-\d\d-\d\d$/.test(text) ? JSON.stringify(text) : undefined
    case 'timestamp':
    case 'timestamp_ntz': {
      refuseInfinity(text, path)
      const micros = toMicros(text, type)
      if (micros === undefined) return undefined
      const iso = new Date(Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n)).toISOString()
      return JSON.stringify(type === 'timestamp' ? iso : iso.replace('Z', ''))
    }
    default:
      return undefined
  }
}

function refuseInfinity(text: string, path: readonly string[]): void {
  if (!text.includes('infinity')) return
  throw new DeltaError(
    'rows.invalid',
    `The column ${path.join('.')} contains ${text}, which Delta types cannot represent.`,
    'Replace infinite instants with NULL in the query.',
    { column: path.join('.') },
  )
}

/**
 * DuckDB cuts bounds at 256 bytes, so a text of more than 240 bytes may be cut: only its first 32 code points are certain. A shorter text
 * is whole and keeps up to 64 code points. That keeps a SHA-256 in hexadecimal exact, so that a batch is recognised by its statistics
 * alone.
 */
function shorten(text: string): { prefix: string; cut: boolean } {
  const limit = Buffer.byteLength(text) > 240 ? 32 : 64
  const points = [...text]
  return points.length <= limit ? { prefix: text, cut: limit === 32 } : { prefix: points.slice(0, limit).join(''), cut: true }
}

/**
 * Appends the largest code point to a cut maximum. The result is above every text with this prefix, unless that text continues with the
 * same code point.
 */
function upperBound(text: string): string | undefined {
  const { prefix, cut } = shorten(text)
  if (!cut) return JSON.stringify(text)
  return text.slice(prefix.length).startsWith('\u{10FFFF}') ? undefined : JSON.stringify(`${prefix}\u{10FFFF}`)
}

type Entry = readonly [path: readonly string[], json: string]

function nest(entries: readonly Entry[]): string {
  const groups = new Map<string, Entry[]>()
  const parts: string[] = []
  for (const [path, json] of entries) {
    const [head, ...rest] = path
    if (head === undefined) continue
    if (rest.length === 0) parts.push(`${JSON.stringify(head)}:${json}`)
    else groups.set(head, [...(groups.get(head) ?? []), [rest, json]])
  }
  for (const [head, inner] of groups) parts.push(`${JSON.stringify(head)}:${nest(inner)}`)
  return `{${parts.join(',')}}`
}
