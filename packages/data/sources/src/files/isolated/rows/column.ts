import { fileErrors } from '../../../errors.ts'

/** What a column of a rows file holds, by the name of its DuckDB type. */
export type RowsType = 'VARCHAR' | 'BIGINT' | 'INTEGER' | 'DOUBLE' | 'FLOAT' | 'BOOLEAN'

/** The physical types of Parquet, by their numbers. */
export const physical: Readonly<Record<RowsType, number>> = { BOOLEAN: 0, INTEGER: 1, BIGINT: 2, FLOAT: 4, DOUBLE: 5, VARCHAR: 6 }

/** No value may be longer: a page of Parquet counts its bytes in 31 bits, and whoever reads the file has to hold it. */
export const longestValueMb = 128

/**
 * The values of one column since the last group of rows was written, in the encoding PLAIN of Parquet: the values that are there one behind
 * the other, and a bit a row that says whether there is one. A row that was skipped has none.
 */
export class RowsColumn {
  readonly name: string
  readonly type: RowsType
  readonly #onGrowth: () => void
  #values = Buffer.allocUnsafe(4_096)
  #used = 0
  #bits = new Uint8Array(1_024)
  #rows = 0
  #present = 0

  /** @param onGrowth called when it takes more memory than before */
  constructor(name: string, type: RowsType, onGrowth: () => void) {
    this.name = name
    this.type = type
    this.#onGrowth = onGrowth
  }

  get bytes(): number {
    return this.#used
  }

  /** @param row of the group, from 0, greater than that of the value before */
  text(row: number, value: string): void {
    this.#mark(row)
    // A unit of UTF-16 takes three bytes of UTF-8 at most.
    if (value.length > longestValueMb * 1_048_576) throw tooLong(this.name)
    this.#room(4 + value.length * 3)
    const written = this.#values.write(value, this.#used + 4)
    this.#values.writeUInt32LE(written, this.#used)
    this.#used += 4 + written
  }

  /** Text that stands in a buffer as UTF-8. */
  utf8(row: number, from: Buffer, start: number, end: number): void {
    this.#mark(row)
    if (end - start > longestValueMb * 1_048_576) throw tooLong(this.name)
    this.#room(4 + end - start)
    this.#values.writeUInt32LE(end - start, this.#used)
    from.copy(this.#values, this.#used + 4, start, end)
    this.#used += 4 + end - start
  }

  bigint(row: number, value: bigint): void {
    this.#mark(row)
    this.#room(8)
    this.#used = this.#values.writeBigInt64LE(value, this.#used)
  }

  /** A `BIGINT` whose value a number holds exactly. */
  whole(row: number, value: number): void {
    this.#mark(row)
    this.#room(8)
    const low = value % 4_294_967_296
    this.#values.writeUInt32LE(low < 0 ? low + 4_294_967_296 : low, this.#used)
    this.#values.writeInt32LE(Math.floor(value / 4_294_967_296), this.#used + 4)
    this.#used += 8
  }

  /** A number of any other type. */
  number(row: number, value: number): void {
    this.#mark(row)
    this.#room(8)
    if (this.type === 'INTEGER') this.#used = this.#values.writeInt32LE(value, this.#used)
    else if (this.type === 'FLOAT') this.#used = this.#values.writeFloatLE(value, this.#used)
    else this.#used = this.#values.writeDoubleLE(value, this.#used)
  }

  boolean(row: number, value: boolean): void {
    this.#mark(row)
    this.#room(1)
    this.#values[this.#used++] = value ? 1 : 0
  }

  /** Puts the values of a column of the same type behind its own, their rows beginning at this one. */
  append(from: RowsColumn, row: number): void {
    this.#room(from.#used)
    from.#values.copy(this.#values, this.#used, 0, from.#used)
    this.#used += from.#used
    for (let at = 0; at < from.#rows; at++) if (((from.#bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0) this.#mark(row + at)
  }

  /** Leaves nothing of it. */
  clear(): void {
    this.#bits.fill(0, 0, (this.#rows >> 3) + 1)
    this.#used = this.#rows = this.#present = 0
  }

  /** The body of a page of so many rows; the column is empty afterwards. */
  page(rows: number): readonly Buffer[] {
    const isUniform = this.#present === 0 || this.#present === rows
    const levels = isUniform ? run(rows, this.#present === 0 ? 0 : 1) : this.#packed(rows)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(levels.length)
    const values = this.#values.subarray(0, this.#used)
    const body = [length, levels, this.type === 'BOOLEAN' ? packed(values) : Buffer.from(values)]
    this.clear()
    // A single long text is not to hold its room for good.
    if (this.#values.length > 67_108_864) this.#values = Buffer.allocUnsafe(4_096)
    return body
  }

  #mark(row: number): void {
    if (row < this.#rows) throw new RangeError(`column ${this.name} has a value in row ${row} already`)
    if (row >> 3 >= this.#bits.length) {
      const bits = new Uint8Array(Math.max(this.#bits.length * 2, (row >> 3) + 1))
      bits.set(this.#bits)
      this.#bits = bits
    }
    this.#bits[row >> 3] = (this.#bits[row >> 3] ?? 0) | (1 << (row & 7))
    this.#rows = row + 1
    this.#present++
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#values.length) return
    this.#onGrowth()
    const values = Buffer.allocUnsafe(Math.max(this.#values.length * 2, this.#used + bytes))
    this.#values.copy(values, 0, 0, this.#used)
    this.#values = values
  }

  #packed(rows: number): Buffer {
    const bytes = Math.ceil(rows / 8)
    const bits = Buffer.alloc(bytes)
    bits.set(this.#bits.subarray(0, bytes))
    return Buffer.concat([unsigned((bytes << 1) | 1), bits])
  }
}

const tooLong = (column: string): Error =>
  fileErrors.limit(`a value of the column ${column} has more than ${longestValueMb} million characters`, {
    facts: { column, limit: longestValueMb * 1_048_576 },
    next: 'Look at the file: a value of that length is mostly a mistake, or made to do harm.',
  })

/** Booleans, eight a byte, the first in the lowest bit. */
function packed(values: Buffer): Buffer {
  const bits = Buffer.alloc(Math.ceil(values.length / 8))
  for (const [at, value] of values.entries()) bits[at >> 3] = (bits[at >> 3] ?? 0) | (value << (at & 7))
  return bits
}

/** The levels of rows that all have a value, or have none: one run. */
export const run = (rows: number, level: 0 | 1): Buffer => Buffer.concat([unsigned(rows * 2), Buffer.of(level)])

function unsigned(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}
