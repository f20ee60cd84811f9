import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { ColumnType, FileFormat } from '@sluice/author'
import { duckdbDialect } from '@sluice/checks'
import { given, inputErrors, unreachable } from '@sluice/core'
import { createTable, fromDuckType, localStore } from '@sluice/delta'
import { type DuckConnection, duckdbType, interruptible, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { Found, OpenFile } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import { formatOf, type KnownFormat } from './format-of.ts'
import { proposeTypes } from './propose-types.ts'
import { type TargetKind, targetOf } from './target.ts'
import { fileAt, withEngine } from './work.ts'

export interface ConvertOptions {
  readonly known?: KnownFormat
  /** An output that exists gives way. */
  readonly overwrite?: boolean
  readonly onProgress?: (doing: string) => void
  readonly signal?: AbortSignal
}

/** What a conversion has done. `rowsIn = rowsWritten + rowsQuarantined`. */
export interface ConvertedFile {
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly detected: Found & { readonly format: FileFormat['kind'] }
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly output: string
  /** The file of records that could not be read; null where there are none. */
  readonly quarantine: string | null
  readonly told: readonly string[]
}

/**
 * Reads a file and writes its rows in another format, typed by the narrowest types that hold all values of a column. It appears whole:
 * it is written under another name beside its place.
 * @throws `input.invalid` for an output that is there, or of a kind that is not written; `file.*`
 */
export async function convertFile(from: string, to: string, options: ConvertOptions = {}): Promise<ConvertedFile> {
  const { known, overwrite = false, onProgress = () => undefined, signal } = options
  const file = await fileAt(from)
  const kind = targetOf(to)
  const output = resolve(to)
  const quarantine = `${output}.quarantine.jsonl`
  if (output === file.path) throw inputErrors.invalid('the output is the file itself', { next: 'Give another name.' })
  if (!overwrite) for (const path of [output, quarantine]) await refuseExisting(path)
  const draft = join(dirname(output), `.${basename(output)}.${randomUUID().slice(0, 8)}`)
  await mkdir(dirname(output), { recursive: true })
  try {
    return await withEngine(async ({ connection, workFolder }) => {
      const { format, told } = await formatOf(file, known)
      onProgress(`reading ${file.name} as ${format.kind}`)
      const reader = await readerOf(format.kind)
      await using opened = await reader.open(connection, file, format, { workFolder, ...given({ signal }) })
      return await interruptible(connection, signal, async () => {
        onProgress('finding the types that hold all values')
        const types = await proposeTypes(connection, opened.rows, opened.columns)
        const columns = opened.columns.map(({ name, type }, at) => ({ name, type: typeIn(types[at], type), of: types[at] }))
        onProgress(`writing ${basename(output)}`)
        const rowsWritten = await write(connection, { kind, path: draft, rows: typed(opened.rows, columns), columns })
        const rowsQuarantined = await writeRefused(connection, opened, `${draft}.quarantine`)
        await rm(output, { recursive: true, force: true })
        await rm(quarantine, { force: true })
        if (rowsQuarantined > 0) await rename(`${draft}.quarantine`, quarantine)
        await rename(draft, output)
        return {
          rowsIn: rowsWritten + rowsQuarantined,
          rowsWritten,
          rowsQuarantined,
          detected: { format: format.kind, ...opened.found },
          columns: columns.map(({ name, type }) => ({ name, type: type.toLowerCase() })),
          output,
          quarantine: rowsQuarantined > 0 ? quarantine : null,
          told: told === undefined ? [] : [told],
        }
      })
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(`${draft}.quarantine`, { force: true })
  }
}

async function refuseExisting(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return
  throw inputErrors.invalid(`${path} is there already`, { facts: { file: path }, next: 'Give another name, or --overwrite.' })
}

interface TypedColumn {
  readonly name: string
  /** Of DuckDB. */
  readonly type: string
  /** Of a column of texts: what its values are. */
  readonly of: ColumnType | undefined
}

const typeIn = (proposed: ColumnType | undefined, given: string): string => (proposed === undefined ? given : duckdbType(proposed))

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** The values of texts as the judge of rows makes them: the same that a pull would write. */
function typed(rows: string, columns: readonly TypedColumn[]): string {
  const raw = columns.map(({ name }, at) => `${quoteIdentifier(name)} AS r${at}`).join(', ')
  const texts = columns.flatMap(({ of }, at) =>
    of === undefined || of.kind === 'text' ? [] : [{ type: of, source: 'VARCHAR', x: `r${at}` }],
  )
  const { select, each } = dialect.conversions(`SELECT ${raw} FROM (${rows})`, texts)
  const values = new Map(texts.map(({ x }, at) => [x, each[at]?.value]))
  return `SELECT ${columns.map(({ name }, at) => `${values.get(`r${at}`) ?? `r${at}`} AS ${quoteIdentifier(name)}`).join(', ')} FROM (${select})`
}

interface Written {
  readonly kind: TargetKind
  readonly path: string
  readonly rows: string
  readonly columns: readonly TypedColumn[]
}

async function write(connection: DuckConnection, { kind, path, rows, columns }: Written): Promise<number> {
  const copy = async (select: string, how: string): Promise<number> =>
    await connection.run(`COPY (${select}) TO ${quoteLiteral(path)} (${how})`)
  switch (kind) {
    case 'parquet':
      return await copy(rows, 'FORMAT parquet, COMPRESSION zstd')
    case 'csv':
      return await copy(rows, "FORMAT csv, HEADER true, NULLSTR ''")
    case 'jsonl':
      return await copy(`SELECT ${columns.map(inJson).join(', ')} FROM (${rows})`, 'FORMAT json, ARRAY false')
    case 'delta': {
      const table = await createTable(localStore(path), {
        connection: connection.raw,
        columns: columns.map(({ name, type }) => ({ name, type: fromDuckType(type) ?? 'string' })),
        // Parquet's names are then others than those of the columns, which may hold spaces and marks.
        ...(columns.some(({ name }) => /[ ,;{}()\n\t=]/.test(name)) ? { properties: { 'delta.columnMapping.mode': 'name' } } : {}),
      })
      return (await table.append({ select: `SELECT ${columns.map(inDelta).join(', ')} FROM (${rows})` })).rows
    }
    default:
      return unreachable(kind)
  }
}

/** What Delta has no type for is written as its text. */
const inDelta = ({ name, type }: TypedColumn): string => {
  const column = quoteIdentifier(name)
  return fromDuckType(type) === undefined ? `CAST(${column} AS VARCHAR) AS ${column}` : column
}

/** Decimals and integers past 2^53 as texts: who reads numbers of JSON as doubles would lose digits. */
const inJson = ({ name, type }: TypedColumn): string => {
  const column = quoteIdentifier(name)
  return /^(?:DECIMAL|BIGINT|UBIGINT|HUGEINT|UHUGEINT)/.test(type) ? `${exactInJson(column, type)} AS ${column}` : column
}

const exactInJson = (column: string, type: string): string =>
  type.startsWith('DECIMAL')
    ? `CAST(${column} AS VARCHAR)`
    : `CASE WHEN abs(${column}) <= 9007199254740991 THEN to_json(${column}) ELSE to_json(CAST(${column} AS VARCHAR)) END`

/** Each record that could not be read: where it stands, why, and what stands there. */
async function writeRefused(connection: DuckConnection, { refused, messages }: OpenFile, path: string): Promise<number> {
  if (refused === undefined) return 0
  const said = Object.entries(messages).map(([rule, message]) => `WHEN ${quoteLiteral(rule)} THEN ${quoteLiteral(message)}`)
  const reason = said.length === 0 ? 'rule' : `CASE rule ${said.join(' ')} ELSE rule END`
  return await connection.run(
    `COPY (SELECT row_number AS line, rule, ${reason} AS reason, place, CAST(cells AS JSON) AS cells FROM (${refused}))
     TO ${quoteLiteral(path)} (FORMAT json, ARRAY false)`,
  )
}
