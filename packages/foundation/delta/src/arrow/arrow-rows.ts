import type { DuckDBValue } from '@duckdb/node-api'
import * as arrow from 'apache-arrow'
import { DeltaError } from '../errors.ts'
import { argument, checkArguments } from '../options/call.ts'
import { a, type Form, shown } from '../options/form.ts'
import type { ScratchChunk, ScratchColumn } from '../scratch.ts'
import { byColumn, type ColumnarRows } from '../write/columnar-rows.ts'
import { duckTypeOf } from './duck-types.ts'
import { Misfit, readerOf } from './values.ts'

/** Arrow in any of its forms: a table, a batch, batches one after another, or the bytes of an IPC stream or file, also as they come. */
export type ArrowSource =
  | arrow.Table
  | arrow.RecordBatch
  | Iterable<arrow.RecordBatch>
  | AsyncIterable<arrow.RecordBatch>
  | Uint8Array
  | ArrayBuffer
  | AsyncIterable<Uint8Array>

const isPiece = (value: unknown) => arrow.isArrowRecordBatch(value) || value instanceof Uint8Array

function isSource(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isPiece)
  if (typeof value !== 'object' || value === null || value instanceof Map) return false
  return isPiece(value) || value instanceof ArrayBuffer || Symbol.asyncIterator in value || Symbol.iterator in value
}

const source: Form<ArrowSource> = a(
  'Arrow',
  isSource,
  'Give a Table, a RecordBatch, an iterable of record batches, or the bytes of an Arrow IPC stream.',
)

/**
 * Arrow as the rows of a write: `append({ rows: arrowRows(table) })`. The batches are read once, one after another. The types of Arrow
 * count, as those of a query do: a column that the table would have to round is refused.
 */
export function arrowRows(given: ArrowSource): ColumnarRows {
  checkArguments('arrowRows', [argument('source', source)], [given])
  return { [byColumn]: () => open(given) }
}

async function open(
  given: ArrowSource,
): Promise<{ readonly columns: readonly ScratchColumn[]; readonly chunks: AsyncIterable<ScratchChunk> }> {
  const { schema, batches } = await opened(given)
  if (schema.fields.length === 0) throw mismatch('The Arrow schema has no column.', 'Give batches with columns.', {})
  const seen = new Set<string>()
  for (const { name } of schema.fields) {
    if (seen.has(name.toLowerCase()))
      throw mismatch(`The Arrow schema has two columns named ${name}.`, 'Give each column its own name.', { column: name })
    seen.add(name.toLowerCase())
  }
  const columns = schema.fields.map(({ name, type }) => ({ name, type: duckTypeOf(type, name) }))
  return { columns, chunks: chunksOf(schema, batches) }
}

interface Opened {
  readonly schema: arrow.Schema
  readonly batches: AsyncIterable<arrow.RecordBatch> | Iterable<arrow.RecordBatch>
}

async function opened(given: ArrowSource): Promise<Opened> {
  if (arrow.isArrowTable(given)) return given
  if (arrow.isArrowRecordBatch(given)) return { schema: given.schema, batches: [given] }
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return await ofBytes(given)
  const items = (Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]()) as AsyncIterator<unknown>
  const first = await items.next()
  if (first.done === true)
    throw mismatch('The source gave no record batch, so that its columns are not known.', 'Give at least one batch.', {})
  const all = after(first.value, items)
  if (first.value instanceof Uint8Array) return await ofBytes(all)
  if (arrow.isArrowRecordBatch(first.value)) return { schema: first.value.schema, batches: all as AsyncIterable<arrow.RecordBatch> }
  throw notArrow(first.value)
}

async function ofBytes(bytes: ArrayBuffer | ArrayBufferView | AsyncIterable<unknown>): Promise<Opened> {
  const watched = 'byteLength' in bytes ? undefined : watching(bytes)
  const guarded = async <Result>(read: () => Promise<Result>): Promise<Result> => {
    try {
      return await read()
    } catch (cause) {
      throw watched?.failure === undefined ? notIpc(cause) : watched.failure.cause
    }
  }
  const reader = await guarded(async () => {
    const opening = await arrow.RecordBatchReader.from((watched?.items ?? bytes) as AsyncIterable<Uint8Array>)
    return await opening.open({ autoDestroy: true })
  })
  const { schema } = reader as { readonly schema: arrow.Schema | undefined }
  if (schema === undefined) throw notIpc(new Error('they have no schema'))
  return { schema, batches: batchesOf() }

  async function* batchesOf(): AsyncGenerator<arrow.RecordBatch> {
    try {
      for (;;) {
        const next = await guarded(async () => await reader.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      await reader.cancel()
    }
  }
}

/** The same pieces. What the source itself throws is kept, so that it can be told from bytes that are not Arrow. */
function watching(source: AsyncIterable<unknown>) {
  const watched: { items: AsyncIterable<unknown>; failure: { readonly cause: unknown } | undefined } = { items: read(), failure: undefined }
  return watched

  async function* read() {
    try {
      yield* source
    } catch (cause) {
      watched.failure = { cause }
      throw cause
    }
  }
}

const notIpc = (cause: unknown) =>
  new DeltaError(
    'rows.invalid',
    `The bytes are not an Arrow IPC stream: ${cause instanceof Error ? cause.message : String(cause)}.`,
    'Give the whole stream, from its schema to its end.',
    {},
    cause,
  )

async function* after(first: unknown, items: AsyncIterator<unknown>): AsyncGenerator<unknown> {
  try {
    yield first
    for (let next = await items.next(); next.done !== true; next = await items.next()) yield next.value
  } finally {
    await items.return?.()
  }
}

const atOnce = 2048

async function* chunksOf(schema: arrow.Schema, batches: Opened['batches']): AsyncGenerator<ScratchChunk> {
  let before = 0
  for await (const batch of batches) {
    if (!arrow.isArrowRecordBatch(batch)) throw notArrow(batch)
    const readers = schema.fields.map((field, index) => ({ name: field.name, read: readerAt(batch, field, index) }))
    for (let from = 0; from < batch.numRows; from += atOnce) {
      const rows = Math.min(atOnce, batch.numRows - from)
      const columns = readers.map(({ name, read }) => {
        const values: DuckDBValue[] = []
        for (let index = from; index < from + rows; index++) values.push(valueAt(read, index, name, before + index))
        return values
      })
      yield { rows, columns }
    }
    before += batch.numRows
  }
}

function readerAt(batch: arrow.RecordBatch, field: arrow.Field, index: number): ReturnType<typeof readerOf> {
  const own = batch.schema.fields[index]
  const data = batch.data.children[index]
  if (own === undefined || data === undefined || own.name !== field.name || String(own.type) !== String(field.type))
    throw mismatch(
      `A later record batch has another schema: its column ${index} is ${own === undefined ? 'missing' : `${own.name} of the type ${own.type}`}, not ${field.name} of the type ${field.type}.`,
      'Give batches of one schema.',
      { column: field.name },
    )
  return readerOf(data)
}

function valueAt(read: (index: number) => DuckDBValue, index: number, column: string, row: number): DuckDBValue {
  try {
    return read(index)
  } catch (cause) {
    if (!(cause instanceof Misfit)) throw cause
    throw new DeltaError('rows.invalid', `Row ${row}: ${column} ${cause.message}.`, cause.next, { row, column })
  }
}

const notArrow = (value: unknown) =>
  new DeltaError(
    'rows.invalid',
    `The source must give record batches or bytes of Arrow, but it gave ${shown(value)}.`,
    'Give objects as rows without arrowRows().',
  )

const mismatch = (message: string, next: string, facts: Readonly<Record<string, unknown>>) =>
  new DeltaError('schema.mismatch', message, next, facts)
