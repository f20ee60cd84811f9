import type { AnyDataset, Column, ColumnType, FileSource, Pull } from '@sluice/author'
import { text } from '@sluice/author'
import { type FileFact, given, type Json, type SluiceError, unreachable } from '@sluice/core'
import { type DuckColumn, type DuckConnection, describedType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { fileErrors } from '@sluice/sources'
import type { HeldRecords, OpenFile, WantedKind } from '@sluice/sources/files'
import { type Folder, type FolderEntry, takeFile } from '@sluice/sources/folder'
import { rowsDialect } from '../rows/plan.ts'
import { type ColumnMap, type ColumnsMet, type DriftEvent, inWords, mapColumns, plainName, refusedBy } from './columns.ts'
import { readerOfFile } from './readers.ts'
import { declaredOf } from './redeclared.ts'

/** A file that is read, and how its columns fill those of the dataset. */
export interface PulledFile {
  readonly listed: FolderEntry
  /** With what was made to read it. */
  readonly open: OpenFile
  readonly map: ColumnMap
  readonly fact: FileFact
}

export interface OpenFileOptions {
  readonly connection: DuckConnection
  readonly pull: Pick<Pull, 'name' | 'into' | 'columns'> & { readonly from: FileSource }
  readonly folder: Folder
  readonly workFolder: string
  /** How often the task was cleared in its run. */
  readonly cleared: number
  /** The path under which its batch began, of a file that was moved since. */
  readonly first?: string
  readonly signal?: AbortSignal | undefined
  /** Names of columns of the table, and of those that files have added since, by their names without case. */
  readonly added: Map<string, string>
}

/** Opens a file and looks at its columns. @throws `file.*`, also where the policies of its source refuse its columns */
export async function openPulled(listed: FolderEntry, options: OpenFileOptions): Promise<PulledFile> {
  const file = await openMapped(listed, options)
  const refusal = refusalOfColumns(file, options.pull.from)
  if (refusal !== undefined) {
    await file.open[Symbol.asyncDispose]()
    throw refusal
  }
  for (const column of file.map.added.keys()) options.added.set(column.toLowerCase(), column)
  return file
}

/** Why the columns of a file are refused: two names that are one, or events that the policies of its source refuse. */
export function refusalOfColumns({ listed, map }: PulledFile, source: FileSource): SluiceError | undefined {
  if (map.fault !== undefined) return faulty(listed.path, map.fault)
  const refused = refusedBy(map.drift)
  return refused.length === 0 ? undefined : drifted(listed.path, source, refused)
}

/** Opens a file and looks at its columns, whatever becomes of it. @throws `file.*` for what cannot be read */
export async function openMapped(listed: FolderEntry, options: OpenFileOptions): Promise<PulledFile> {
  const { connection, pull, folder, workFolder, cleared, first, signal } = options
  await using made = new AsyncDisposableStack()
  const file = made.use(await takeFile(folder, listed, { workFolder, ...given({ signal }) }))
  const { reader, format } = await readerOfFile(file, pull.from.format)
  const types = typesOf(pull.into, pull.columns)
  const target = (column: string): ColumnType | undefined => types.get(plainName(column))
  const wanted = (column: string): WantedKind | undefined => kindOf(target(column)?.kind)
  const open = made.use(await reader.open(connection, file, format, { workFolder, wanted, target, ...given({ signal }) }))
  const map = await mapped(connection, open, options)
  const fact: FileFact = {
    source: pull.from.name,
    path: listed.path,
    bytes: listed.bytes,
    modified: listed.modified,
    hash: file.hash,
    ...given({ mark: listed.mark, first }),
    declared: declaredOf(pull),
    found: { format: format.kind, ...open.found },
    ...(cleared === 0 ? {} : { cleared }),
    ...(map.drift.length === 0 ? {} : { drift: map.drift as unknown as readonly Json[] }),
  }
  const kept = made.move()
  return { listed, open: { ...open, [Symbol.asyncDispose]: () => kept.disposeAsync() }, map, fact }
}

/** Of a file without records there are no columns: it has lost none. */
const nothing: ColumnMap = { from: new Map(), added: new Map(), drift: [], fault: undefined }

/** Twice: once to know which pairs of columns stand in one place, and then with what their values say. */
async function mapped(
  connection: DuckConnection,
  open: OpenFile,
  { pull: { from, into, columns }, added }: OpenFileOptions,
): Promise<ColumnMap> {
  if (open.columns.length === 0 && (await connection.value(`SELECT 1 FROM (${open.rows}) LIMIT 1`)) === null) return nothing
  const pairs: (readonly [from: string, column: string])[] = []
  const met: ColumnsMet = {
    file: open.columns.map(({ name }) => name),
    columns: into.columns,
    key: into.key,
    declared: columns,
    policies: from.drift,
    added,
    fits: (of, column) => {
      pairs.push([of, column])
      return false
    },
  }
  const first = mapColumns(met)
  if (pairs.length === 0) return withTypes(first, open, into)
  const fitting = new Set<string>()
  for (const [of, column] of pairs) if (await fits(connection, open, of, into.columns[column])) fitting.add(`${of} ${column}`)
  return withTypes(mapColumns({ ...met, fits: (of, column) => fitting.has(`${of} ${column}`) }), open, into)
}

/** How many rows are looked at to know whether values are of a type. */
const sampled = 1_000

async function fits(connection: DuckConnection, open: OpenFile, of: string, column: Column | undefined): Promise<boolean> {
  const source = open.columns.find(({ name }) => name === of)?.type ?? 'VARCHAR'
  if (column === undefined || column.type.kind === 'text' || !rowsDialect.converts(column.type, source)) return false
  const sample = `SELECT ${quoteIdentifier(of)} AS x FROM (${open.rows}) LIMIT ${sampled}`
  const { select, each } = rowsDialect.conversions(sample, [{ type: column.type, source, x: 'x' }])
  const value = each[0]?.value ?? 'NULL'
  const [row] = await connection.rows<{ there: number; fit: number }>(`SELECT count(x) AS there, count(${value}) AS fit FROM (${select})`)
  return row !== undefined && row.there > 0 && row.fit * 2 > row.there
}

/** Types from which no conversion leads to that of the column: no value fits, whatever it is. */
function withTypes(map: ColumnMap, open: OpenFile, into: AnyDataset): ColumnMap {
  const typed = [...map.from].flatMap(([column, of]): readonly DriftEvent[] => {
    const source = open.columns.find(({ name }) => name === of)?.type ?? 'VARCHAR'
    const target = into.columns[column]
    if (target === undefined || rowsDialect.converts(target.type, source)) return []
    return [{ event: 'retyped', column, is: source, policy: 'refuse' }]
  })
  return { ...map, drift: [...map.drift, ...typed] }
}

/** What columns of a file are to become, by their plain names. */
const typesOf = (into: AnyDataset, declared: Readonly<Record<string, string>>): ReadonlyMap<string, ColumnType> =>
  new Map(Object.entries(into.columns).map(([name, { type }]) => [plainName(declared[name] ?? name), type]))

function kindOf(kind: ColumnType['kind'] | undefined): WantedKind | undefined {
  switch (kind) {
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'double':
      return 'number'
    case 'date':
    case 'timestamp':
    case 'boolean':
    case 'text':
    case 'json':
    case undefined:
      return kind
    default:
      return unreachable(kind)
  }
}

/** The dataset as a file fills it: with the columns that it adds. */
export const withAdded = (into: AnyDataset, names: Iterable<string>): AnyDataset => {
  const added = Object.fromEntries([...names].map((name) => [name, text()]))
  return { ...into, columns: { ...into.columns, ...added } }
}

/** SELECT of the rows of a file under the names of the dataset, with its batch. */
export function rowsOf(file: PulledFile, into: AnyDataset, batch: string, numbered: boolean): string {
  const more = [...(numbered ? ['_row'] : []), `${quoteLiteral(batch)} AS _batch`]
  return `SELECT ${namedAs(file, into, more)} FROM (${numbered ? file.open.numbered : file.open.rows})`
}

/** The column of the batches where records of several files stand in one table. */
export const heldBatch = '_sluice_batch'

/** The same, numbered, over such a table. */
export function heldRowsOf(file: PulledFile, held: HeldRecords, into: AnyDataset, table: string): string {
  return `SELECT ${namedAs(file, into, ['_row', `${heldBatch} AS _batch`])} FROM (${held.numbered(table, [heldBatch])})`
}

function namedAs(file: PulledFile, into: AnyDataset, more: readonly string[]): string {
  const columns = Object.keys(into.columns).map((column) => {
    const from = file.map.from.get(column) ?? file.map.added.get(column)
    const value = from === undefined ? 'CAST(NULL AS VARCHAR)' : quoteIdentifier(from)
    return `${value} AS ${quoteIdentifier(column)}`
  })
  return [...columns, ...more].join(', ')
}

/**
 * The file as its types give it, where each of those is that of the column that it fills. Its rows are for a write that no row breaks: what
 * goes to quarantine is shown as the file has it.
 */
export function asTyped(file: PulledFile, into: AnyDataset): PulledFile {
  const { typed } = file.open
  if (typed === undefined) return file
  const open = { ...file.open, ...typed }
  const isFilled = Object.entries(into.columns).every(([column, { type }]) => {
    const from = file.map.from.get(column) ?? file.map.added.get(column)
    const is = typed.columns.find(({ name }) => name === from)?.type ?? 'VARCHAR'
    return is === 'VARCHAR' || is === describedType(type)
  })
  return isFilled ? { ...file, open } : file
}

/** The columns of that SELECT. */
export const outputOf = (file: PulledFile, into: AnyDataset): readonly DuckColumn[] =>
  Object.keys(into.columns).map((name) => {
    const from = file.map.from.get(name) ?? file.map.added.get(name)
    return { name, type: file.open.columns.find((each) => each.name === from)?.type ?? 'VARCHAR' }
  })

const faulty = (path: string, fault: string): SluiceError =>
  fileErrors.columns(`${path}: ${fault}`, {
    facts: { file: path },
    next: "Say which one is meant: columns: { <column>: '<name in the file>' } of the pull.",
  })

/** @param events those that the source refuses */
export function drifted(path: string, source: FileSource, events: readonly DriftEvent[]): SluiceError {
  const [renamed] = events.flatMap((event) => (event.event === 'renamed' ? [event] : []))
  const policy = [...new Set(events.map(({ event }) => `${event}: 'ignore'`))].join(', ')
  return fileErrors.drift(`${path}: ${events.map(inWords).join(', ')}, which the source ${source.name} refuses`, {
    facts: { file: path, source: source.name, drift: events },
    next:
      renamed === undefined
        ? `Declare the columns as they are now, or let the source take such files: drift: { ${policy} }.`
        : `Write columns: { ${renamed.column}: ${JSON.stringify(renamed.from)} } in the pull where that is meant, or drift: { renamed: 'add' } in the source.`,
  })
}
