import type { Json } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import type { Parse } from '../isolated/parser.ts'
import type { ColumnState, RowsColumn } from '../isolated/rows/column.ts'
import type { RowsFile } from '../isolated/rows/rows-file.ts'
import { AvroBytes } from './bytes.ts'
import { codecNamed, type Unpack } from './codecs.ts'
import { type ColumnPlan, planOf } from './columns.ts'
import { type Block, openContainer } from './container.ts'
import { type AvroType, avroSchema } from './schema.ts'

export type AvroTask = {
  /** Records after which it is enough; `null` for all. */
  readonly most: number | null
}

export type ParsedAvro = {
  readonly codec: string
  readonly schema: Json
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly records: number
  /** Whether there are blocks behind those that were enough. */
  readonly isPart: boolean
  /** Records of blocks that cannot be read. */
  readonly refused: number
  /** The first of their numbers. */
  readonly brokenBlocks: readonly number[]
}

/** Records whose loss one block may tell. More are made to do harm. */
const mostRefused = 10_000_000

/**
 * Files of rows: `rows` has the number of the record, from 1, and the columns; `refused` what is lost with a block, record by record.
 * A block is taken when it could be read to its end: what stands before a fault in it is not to be trusted.
 */
export const parse: Parse<AvroTask, ParsedAvro> = async ({ path, task, createRows }) => {
  await using container = await openContainer(path)
  const unpack = codecNamed(container.codec)
  const type = avroSchema(container.schema)
  const fields = type.kind === 'record' ? type.fields : [{ name: 'value', type }]
  const records = new Records(createRows('rows'), fields)
  const refused = new Refused(createRows('refused'))
  let isPart = false
  for await (const block of container.blocks()) {
    isPart = task.most !== null && records.seen >= task.most
    if (isPart) break
    const content = await unpacked(block, unpack)
    const why = typeof content === 'string' ? content : records.put(content, block.records)
    if (why !== undefined) {
      refused.put(block, records.seen, why)
      records.skip(block.records)
    }
  }
  const { columns, written } = records.close()
  return { codec: container.codec, schema: JSON.parse(container.schema) as Json, columns, records: written, isPart, ...refused.close() }
}

/** The words say why not. */
async function unpacked(block: Block, unpack: Unpack): Promise<Buffer | string> {
  try {
    return await unpack(block.packed)
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

class Records {
  readonly #rows: RowsFile
  readonly #number: RowsColumn
  readonly #columns: { readonly name: string; readonly plan: ColumnPlan; readonly column: RowsColumn }[]
  readonly #bytes = new AvroBytes()
  seen = 0

  constructor(rows: RowsFile, fields: readonly { readonly name: string; readonly type: AvroType }[]) {
    this.#rows = rows
    this.#number = rows.addColumn('number', 'BIGINT')
    this.#columns = fields.map(({ name, type }) => {
      const plan = planOf(type)
      return { name, plan, column: rows.addColumn(name, plan.type) }
    })
  }

  /** @returns why the block cannot be read; then nothing of it was written */
  put(content: Buffer, count: number): string | undefined {
    const { at } = this.#rows
    const before = this.#columns.map(({ column }) => column.state())
    try {
      this.#bytes.begin(content)
      if (count > content.length + 100_000) throw new RangeError('it has more records than bytes')
      for (let index = 0; index < count; index++) {
        for (const { plan, column } of this.#columns) plan.put(this.#bytes, column, at + index)
      }
      if (this.#bytes.left > 0) throw new RangeError(`${this.#bytes.left} bytes are left behind its last record`)
    } catch (thrown) {
      for (const [index, { column }] of this.#columns.entries()) column.takeBack(before[index] as ColumnState)
      if (thrown instanceof RangeError) return thrown.message
      throw thrown
    }
    for (let index = 0; index < count; index++) this.#number.whole(at + index, ++this.seen)
    this.#rows.endRow(count)
    return undefined
  }

  skip(count: number): void {
    this.seen += count
  }

  close(): { readonly columns: ParsedAvro['columns']; readonly written: number } {
    this.#rows.close()
    return { columns: this.#columns.map(({ name, plan }) => ({ name, type: plan.type })), written: this.#rows.rows }
  }
}

class Refused {
  readonly #rows: RowsFile
  readonly #number: RowsColumn
  readonly #cells: RowsColumn
  #count = 0
  readonly #blocks: number[] = []

  constructor(rows: RowsFile) {
    this.#rows = rows
    this.#number = rows.addColumn('row_number', 'BIGINT')
    this.#cells = rows.addColumn('cells', 'VARCHAR')
  }

  put({ number, records }: Block, before: number, why: string): void {
    this.#count += records
    if (this.#count > mostRefused)
      throw fileErrors.damaged(`its block ${number} cannot be read: ${why}`, {
        facts: { block: number, records },
        next: 'Ask for the file again.',
      })
    if (this.#blocks.length < 100) this.#blocks.push(number)
    const cells = JSON.stringify({ block: String(number), why })
    for (let index = 1; index <= records; index++) {
      this.#number.whole(this.#rows.at, before + index)
      this.#cells.text(this.#rows.at, cells)
      this.#rows.endRow()
    }
  }

  close(): { readonly refused: number; readonly brokenBlocks: readonly number[] } {
    this.#rows.close()
    return { refused: this.#count, brokenBlocks: this.#blocks }
  }
}
