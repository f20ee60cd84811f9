import * as arrow from 'apache-arrow'
import { argument, checkArguments, checked, optionalArgument } from '../options/call.ts'
import { filledText, implementing, list, optional, options, positive, stated } from '../options/form.ts'
import { predicates } from '../read/predicate-form.ts'
import type { ScanOptions, Snapshot } from '../read/snapshot.ts'
import type { Field, StructType } from '../schema/schema.ts'
import { arrowSchemaOf } from './schema.ts'
import { dataOf } from './vectors.ts'

export interface ArrowOptions extends ScanOptions {
  /** The most rows in one record batch; 65,536 by default. A batch with much text is shorter. */
  readonly batchRows?: number
}

const arguments_ = [
  argument('snapshot', implementing<Snapshot>('a snapshot of a Delta table', ['chunks'])),
  optionalArgument(
    'options',
    options<ArrowOptions>({
      columns: optional(list(filledText, 'Name at least one column, or leave the key out for all columns.')),
      where: stated(predicates),
      files: optional(list(filledText)),
      batchRows: optional(positive),
    }),
  ),
] as const

/** The rows of a scan as Arrow record batches, one after another; memory grows with the size of a file and not with that of the table. */
export function recordBatches(...given: [snapshot: Snapshot, options?: ArrowOptions]): AsyncGenerator<arrow.RecordBatch> {
  checkArguments('recordBatches', arguments_, given)
  const [snapshot, options = {}] = given
  return batchesOf(snapshot, options)
}

/** The rows of a scan as one Arrow table in memory. */
export const arrowTable = checked<[snapshot: Snapshot, options?: ArrowOptions], arrow.Table>(
  'arrowTable',
  arguments_,
  async (snapshot, options = {}) => {
    const batches: arrow.RecordBatch[] = []
    for await (const batch of batchesOf(snapshot, options)) batches.push(batch)
    return new arrow.Table(arrowSchemaOf(fieldsOf(snapshot.schema, options)), batches)
  },
)

/** The rows of a scan as the bytes of an Arrow IPC stream, a piece for each record batch. `Readable.from` makes a stream of Node of it. */
export function arrowStream(...given: [snapshot: Snapshot, options?: ArrowOptions]): AsyncGenerator<Uint8Array> {
  checkArguments('arrowStream', arguments_, given)
  const [snapshot, options = {}] = given
  return bytesOf(snapshot, options)
}

const usualRows = 65_536
/** Texts and binaries of more bytes end a batch, so that a batch of long texts does not take gigabytes. */
const mostTextBytes = 64 * 2 ** 20

async function* batchesOf(snapshot: Snapshot, options: ArrowOptions): AsyncGenerator<arrow.RecordBatch> {
  const { batchRows = usualRows, ...scan } = options
  const fields = fieldsOf(snapshot.schema, options)
  const schema = arrowSchemaOf(fields)
  let held: unknown[][] = fields.map(() => [])
  let rows = 0
  let bytes = 0
  const batch = () => {
    const children = fields.map((field, index) => dataOf(field.type, held[index] ?? []))
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows, children })
    held = fields.map(() => [])
    rows = 0
    bytes = 0
    return new arrow.RecordBatch(schema, data)
  }
  for await (const chunk of snapshot.chunks(scan)) {
    for (let from = 0; from < chunk.rowCount; ) {
      const count = Math.min(chunk.rowCount - from, batchRows - rows)
      for (const [index, column] of held.entries()) {
        const values = chunk.getColumnValues(index)
        for (const value of count === values.length ? values : values.slice(from, from + count)) {
          column.push(value)
          bytes += sizeOf(value)
        }
      }
      from += count
      rows += count
      if (rows === batchRows || bytes > mostTextBytes) yield batch()
    }
  }
  if (rows > 0) yield batch()
}

async function* bytesOf(snapshot: Snapshot, options: ArrowOptions): AsyncGenerator<Uint8Array> {
  const sink = new Collected()
  const writer = new arrow.RecordBatchStreamWriter().reset(sink, arrowSchemaOf(fieldsOf(snapshot.schema, options)))
  for await (const batch of batchesOf(snapshot, options)) {
    writer.write(batch)
    yield sink.take()
  }
  writer.finish()
  yield sink.take()
}

/** The bytes that a writer has made, for whoever pulls. The queue of Arrow itself takes everything at once, however slow the reader is. */
class Collected extends arrow.AsyncByteQueue {
  readonly #parts: Uint8Array[] = []
  override write(part: Parameters<arrow.AsyncByteQueue['write']>[0]): void {
    this.#parts.push(part as Uint8Array)
  }
  take(): Uint8Array {
    return Buffer.concat(this.#parts.splice(0))
  }
}

function fieldsOf(schema: StructType, { columns }: ScanOptions): readonly Field[] {
  if (columns === undefined) return schema.fields
  return columns.flatMap((name) => schema.fields.find((field) => field.name === name) ?? [])
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null && 'bytes' in value ? (value.bytes as Uint8Array).length : 0
}
