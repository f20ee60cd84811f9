import { fileErrors } from '../../../errors.ts'

/** What a column of a rows file holds, by the name of its DuckDB type. */
export type RowsType = 'VARCHAR' | 'BIGINT' | 'INTEGER' | 'DOUBLE' | 'FLOAT' | 'BOOLEAN'

/** The physical types of Parquet, by their numbers. */
export const physical: Readonly<Record<RowsType, number>> = { BOOLEAN: 0, INTEGER: 1, BIGINT: 2, FLOAT: 4, DOUBLE: 5, VARCHAR: 6 }

/** Up to so many bytes a loop is faster than a call that leaves JavaScript. */
const quick = 32

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length)

/** What a column holds at a moment. */
export interface ColumnState {
  readonly used: number
  readonly rows: number
  readonly present: number
}

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
  #values: Buffer = Buffer.allocUnsafe(4_096)
  #view = viewOf(this.#values)
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
    const start = this.#used + 4
    const end = value.length > quick ? start + this.#values.write(value, start) : this.#quickly(value, start)
    this.#view.setUint32(this.#used, end - start, true)
    this.#used = end
  }

  #quickly(value: string, start: number): number {
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at)
      if (unit >= 0x80) return start + this.#values.write(value, start)
      this.#values[start + at] = unit
    }
    return start + value.length
  }

  /** Text that stands in a buffer as UTF-8. */
  utf8(row: number, from: Buffer, start: number, end: number): void {
    this.#mark(row)
    if (end - start > longestValueMb * 1_048_576) throw tooLong(this.name)
    this.#room(4 + end - start)
    this.#view.setUint32(this.#used, end - start, true)
    const values = this.#values
    let to = this.#used + 4
    if (end - start > quick) to += from.copy(values, to, start, end)
    else for (let at = start; at < end; at++) values[to++] = from[at] ?? 0
    this.#used = to
  }

  bigint(row: number, value: bigint): void {
    this.#mark(row)
    this.#room(8)
    this.#view.setBigInt64(this.#used, value, true)
    this.#used += 8
  }

  /** A `BIGINT` whose value a number holds exactly. */
  whole(row: number, value: number): void {
    this.#mark(row)
    this.#room(8)
    const high = Math.floor(value / 4_294_967_296)
    this.#view.setUint32(this.#used, value - high * 4_294_967_296, true)
    this.#view.setInt32(this.#used + 4, high, true)
    this.#used += 8
  }

  /** A number of any other type. */
  number(row: number, value: number): void {
    this.#mark(row)
    this.#room(8)
    if (this.type === 'INTEGER') this.#view.setInt32(this.#used, value, true)
    else if (this.type === 'FLOAT') this.#view.setFloat32(this.#used, value, true)
    else this.#view.setFloat64(this.#used, value, true)
    this.#used += this.type === 'DOUBLE' ? 8 : 4
  }

  boolean(row: number, value: boolean): void {
    this.#mark(row)
    this.#room(1)
    this.#values[this.#used++] = value ? 1 : 0
  }

  /** What it holds now, for `takeBack`. It stands until the group of rows is written. */
  state(): ColumnState {
    return { used: this.#used, rows: this.#rows, present: this.#present }
  }

  /** Forgets the values that came behind a state. */
  takeBack({ used, rows, present }: ColumnState): void {
    for (let row = rows; row < this.#rows; row++) this.#bits[row >> 3] = (this.#bits[row >> 3] ?? 0) & ~(1 << (row & 7))
    this.#used = used
    this.#rows = rows
    this.#present = present
  }

  /** The body of a page of so many rows; the column is empty afterwards. */
  page(rows: number): readonly Buffer[] {
    const isUniform = this.#present === 0 || this.#present === rows
    const levels = isUniform ? run(rows, this.#present === 0 ? 0 : 1) : this.#packed(rows)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(levels.length)
    const values = this.#values.subarray(0, this.#used)
    const body = [length, levels, this.type === 'BOOLEAN' ? packed(values) : Buffer.from(values)]
    this.#bits.fill(0, 0, (this.#rows >> 3) + 1)
    this.#used = this.#rows = this.#present = 0
    // A single long text is not to hold its room for good.
    if (this.#values.length > 67_108_864) this.#hold(Buffer.allocUnsafe(4_096))
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
    this.#hold(values)
  }

  #hold(values: Buffer): void {
    this.#values = values
    this.#view = viewOf(values)
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
  for (let at = 0; at < values.length; at++) bits[at >> 3] = (bits[at >> 3] ?? 0) | ((values[at] ?? 0) << (at & 7))
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
