import { exactJson, given, inputErrors, type Json, type SinkReceipt } from '@sluice/core'
import { type DuckConnection, duckdbErrors } from '@sluice/duckdb'
import type { FileFormat } from '../file-format.ts'
import type { LakeExport } from '../gold/request.ts'
import type { Lake } from '../lake.ts'
import { limited } from '../read/limited.ts'
import { askedWrite } from './asked-write.ts'
import { fileOf } from './file-of.ts'

/** The first rows of a query: cells in the order of the columns. Instants are ISO-8601, decimals and integers past 2^53 are text. */
export interface LakeAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly Json[])[]
  /** There is more than the limit. */
  readonly truncated: boolean
}

export interface FileOptions {
  readonly format: FileFormat
  readonly limit?: number
}

/** A lake with what people ask of it besides: rows as a file, answers to a query, exports of their own. */
export interface AskedLake extends Lake {
  /** The rows of a dataset as a file. Streams; memory stays bounded. @throws `lake.dataset_unknown` before the first byte */
  file(dataset: string, options: FileOptions & { readonly version?: number }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** One query over datasets and files of the lake. @throws `input.invalid`, `lake.dataset_unknown`, `request.denied` with the place */
  answer(text: string, options: { readonly limit?: number }, signal: AbortSignal): Promise<LakeAnswer>
  /** All rows of such a query as a file. */
  answerFile(text: string, options: FileOptions, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** An export of this call alone, at the time it was asked for. */
  exportNow(dataset: string, request: LakeExport): Promise<SinkReceipt>
}

export const askedLake = (lake: Lake): AskedLake => ({
  ...lake,
  file: async (dataset, { format, limit, version }, signal) =>
    await fileOf(await lake.connect(), format, signal, async (connection) =>
      limited(await lake.scan(connection, dataset, given({ version })), limit),
    ),
  answer: async (text, { limit = 1_000 }, signal) => {
    const connection = await lake.connect()
    const interrupt = (): void => connection.interrupt()
    signal.addEventListener('abort', interrupt, { once: true })
    try {
      return await firstRows(connection, await lake.compile(connection, text), limit)
    } catch (thrown) {
      throw faultOfQuery(thrown)
    } finally {
      signal.removeEventListener('abort', interrupt)
      connection.close()
    }
  },
  answerFile: async (text, { format, limit }, signal) =>
    await fileOf(await lake.connect(), format, signal, async (connection) => limited(await lake.compile(connection, text), limit)),
  exportNow: async (dataset, request) => await lake.export(askedWrite(lake.project, dataset), request),
})

async function firstRows(connection: DuckConnection, sql: string, limit: number): Promise<LakeAnswer> {
  const columns = (await connection.columns(sql)).map(({ name, type }) => ({ name, type: type.toLowerCase() }))
  const found = await connection.rows(`SELECT * FROM (${sql}) LIMIT ${limit + 1}`)
  const rows = found.map((row) => columns.map(({ name, type }) => cellOf(row[name] ?? null, type)))
  return { columns, rows: rows.slice(0, limit), truncated: rows.length > limit }
}

/** JSON as the value that its text is; a single precision number by the digits that tell it apart. */
function cellOf(value: Json, type: string): Json {
  if (type === 'json' && typeof value === 'string') return exactJson(value)
  if (type !== 'float' || typeof value !== 'number') return value
  const digits = [6, 7, 8].find((each) => Math.fround(Number(value.toPrecision(each))) === value) ?? 9
  return Number(value.toPrecision(digits))
}

/** What DuckDB says of the query, without its place in the text that was made of it. */
function faultOfQuery(thrown: unknown): unknown {
  if (!duckdbErrors.failed.is(thrown)) return thrown
  return inputErrors.invalid(thrown.message.split(/\n+LINE \d/)[0] ?? thrown.message, {
    cause: thrown,
    next: 'Correct the query; DESCRIBE silver.NAME shows the columns of a table.',
  })
}
