import { CsvRecords } from './csv-records.ts'
import { DistinctCells } from './distinct-cells.ts'
import type { LoadPlan } from './plan.ts'
import { readRecords } from './read-records.ts'

/** Columns of a file whose different texts are judged before a row is written: a row with a text that is refused is held back. */
export class Look {
  readonly columns: readonly string[]
  readonly cells: DistinctCells
  /** Few of them as a rule, so that asking for each row costs little. */
  #refused: DistinctCells | undefined
  /** How many rows hold a refused text. */
  refusedRows = 0
  readonly #places: readonly number[]
  /** For the cells of several columns, side by side. */
  #joined = Buffer.allocUnsafe(256)

  /** `mostBytes`: of all texts; `cells` is full then. */
  constructor(plan: LoadPlan, columns: readonly string[], mostBytes: number) {
    this.columns = columns
    this.cells = new DistinctCells(mostBytes)
    this.#places = columns.map((name) => plan.columns.findIndex((column) => column.name === name))
  }

  get lastPlace(): number {
    return Math.max(...this.#places)
  }

  add(bytes: Buffer, start: number, ends: Int32Array): void {
    const [only] = this.#places
    if (this.#places.length === 1 && only !== undefined) this.cells.add(bytes, cellStart(start, ends, only), ends[only] ?? 0)
    else this.cells.add(this.#joined, 0, this.#join(bytes, start, ends))
  }

  refuse(numbers: readonly number[]): void {
    this.#refused = numbers.length === 0 ? undefined : this.cells.only(numbers)
    this.refusedRows = numbers.reduce((rows, number) => rows + this.cells.times(number), 0)
  }

  isRefused(bytes: Buffer, start: number, ends: Int32Array): boolean {
    if (this.#refused === undefined) return false
    const [only] = this.#places
    return this.#places.length === 1 && only !== undefined
      ? this.#refused.has(bytes, cellStart(start, ends, only), ends[only] ?? 0)
      : this.#refused.has(this.#joined, 0, this.#join(bytes, start, ends))
  }

  /** How long they are together, with commas between. */
  #join(bytes: Buffer, start: number, ends: Int32Array): number {
    let length = 0
    for (const [at, place] of this.#places.entries()) {
      const [from, to] = [cellStart(start, ends, place), ends[place] ?? 0]
      const needed = length + to - from + 1
      if (needed > this.#joined.length) this.#joined = Buffer.concat([this.#joined], needed * 2)
      if (at > 0) this.#joined[length++] = comma
      bytes.copy(this.#joined, length, from, to)
      length += to - from
    }
    return length
  }
}

const comma = 0x2c
const cellStart = (start: number, ends: Int32Array, place: number): number => (place === 0 ? start : (ends[place - 1] ?? 0) + 1)

/** The cells of a record that looks ask for: up to the last of their columns. */
export const cellsOf = (looks: readonly Look[]): number => Math.max(0, ...looks.map(({ lastPlace }) => lastPlace + 1))

/** Collects the texts of a file, until one look is full. Answers how many records there were. */
export async function lookThrough(path: string, looks: readonly Look[], signal?: AbortSignal): Promise<number> {
  let rows = 0
  const records = new CsvRecords(cellsOf(looks), (bytes, start, _, ends) => {
    rows++
    for (const look of looks) look.add(bytes, start, ends)
  })
  for await (const _ of readRecords(path, records, signal)) if (looks.some((look) => look.cells.isFull)) break
  return rows
}
