import { MergedRanges } from './merged.ts'
import { cellName } from './references.ts'
import type { CellKind, CellSink, Range } from './workbook.ts'

/** A row that is not blank: the columns of its cells, from 0, and beside each of them its text and kind. */
export interface SheetRow {
  readonly row: number
  readonly columns: readonly number[]
  readonly texts: readonly string[]
  readonly kinds: readonly CellKind[]
}

export const textAt = ({ columns, texts }: SheetRow, column: number): string | undefined => texts[columns.indexOf(column)]

/** What was counted besides the rows. */
export interface Counts {
  rows: number
  /** Between the first row and the last that are not. */
  blankRows: number
  /** Merged ranges. */
  mergedRanges: number
  /** Cells with a value under the first cell of such a range, which nobody sees. */
  hiddenCells: number
  /** Rows above the table that are not part of it. */
  titleRows: number
  /** Cells of errors, by what they say. */
  readonly errors: Record<string, number>
  formulasWithoutValue: number
  /** The first of them. */
  firstWithoutValue?: string
}

export interface SheetRowsOptions {
  readonly range?: Range
  /** Whether the first row names the columns; found by looking unless given. */
  readonly header?: boolean
  /** Merged ranges, where they are known: sheets say them behind their cells. What they hide is left out. */
  readonly hidden?: MergedRanges
  /** Rows after which it is enough. */
  readonly most: number
  /**
   * @param header the row that names the columns, where there is one; called once, before the first row
   * @param looked the first rows, without those above the table
   */
  readonly onHeader: (header: SheetRow | undefined, looked: readonly SheetRow[]) => void
  /** @param row good during the call alone */
  readonly onRow: (row: SheetRow) => void
}

/** So many rows are looked at to find out whether the first one names the columns. */
const lookedAt = 50

/** Makes rows of the cells of a sheet, of which the first may name the columns. */
export class SheetRows implements CellSink {
  readonly counts: Counts = { rows: 0, blankRows: 0, mergedRanges: 0, hiddenCells: 0, titleRows: 0, errors: {}, formulasWithoutValue: 0 }
  readonly #options: SheetRowsOptions
  /** As they are met. */
  readonly merges = new MergedRanges()
  /** The row at hand. */
  #columns: number[] = []
  #texts: string[] = []
  #kinds: CellKind[] = []
  #row = -1
  #first = -1
  #last = -1
  #isDone = false as boolean
  /** Until it is known whether the first one names the columns. */
  #looked: SheetRow[] | undefined = []

  constructor(options: SheetRowsOptions) {
    this.#options = options
  }

  get isDone(): boolean {
    return this.#isDone
  }

  cell(row: number, column: number, text: string, kind: CellKind): void {
    const { range } = this.#options
    if (range !== undefined) {
      if (row > range.bottom) this.#isDone = true
      if (row > range.bottom || row < range.top || column < range.left || column > range.right) return
    }
    if (this.#options.hidden?.hides(row, column) === true) {
      this.counts.hiddenCells++
      return
    }
    if (row !== this.#row) {
      this.#endRow()
      this.#row = row
    }
    if (this.#isDone) return
    // A cell that stands twice is the last of them. Most come in the order of their columns.
    const last = this.#columns.length - 1
    const known = last < 0 || (this.#columns[last] ?? 0) < column ? -1 : this.#columns.indexOf(column)
    const at = known < 0 ? last + 1 : known
    this.#columns[at] = column
    this.#texts[at] = text
    this.#kinds[at] = kind
  }

  withoutValue(row: number, column: number): void {
    const { range, hidden } = this.#options
    if (range !== undefined && (row > range.bottom || row < range.top || column < range.left || column > range.right)) return
    if (hidden?.hides(row, column) === true) return
    this.counts.formulasWithoutValue++
    this.counts.firstWithoutValue ??= cellName(row, column)
  }

  merged(merged: Range): void {
    const { top, left, bottom, right } = merged
    const { range } = this.#options
    const isInside = range === undefined || (top <= range.bottom && bottom >= range.top && left <= range.right && right >= range.left)
    if (!isInside) return
    this.counts.mergedRanges++
    this.merges.add(merged)
  }

  end(): void {
    this.#endRow()
    if (this.#looked !== undefined) this.#decide(this.#looked)
    if (this.#last >= 0) this.counts.blankRows = this.#last - this.#first + 1 - this.counts.rows
  }

  #endRow(): void {
    if (this.#columns.length === 0) return
    const row = { row: this.#row, columns: this.#columns, texts: this.#texts, kinds: this.#kinds }
    if (this.#looked === undefined) {
      this.#put(row)
      this.#columns.length = this.#texts.length = this.#kinds.length = 0
      return
    }
    this.#looked.push(row)
    ;[this.#columns, this.#texts, this.#kinds] = [[], [], []]
    if (this.#looked.length >= lookedAt) this.#decide(this.#looked)
  }

  #decide(rows: readonly SheetRow[]): void {
    this.#looked = undefined
    const { range, header } = this.#options
    // A range, and a word on the header, say where the table begins.
    const table = range === undefined && header === undefined ? behindTitles(rows) : rows
    this.counts.titleRows = rows.length - table.length
    const [first, ...others] = table
    const isHeader = first !== undefined && (header ?? namesColumns(first, others))
    this.#options.onHeader(isHeader ? first : undefined, table)
    if (isHeader) this.#first = first.row + 1
    for (const row of isHeader ? others : table) this.#put(row)
  }

  #put(row: SheetRow): void {
    if (this.counts.rows >= this.#options.most) return
    if (this.#first < 0) this.#first = row.row
    this.#last = row.row
    this.counts.rows++
    for (const [at, kind] of row.kinds.entries()) {
      const text = row.texts[at] ?? ''
      if (kind === 'error') this.counts.errors[text] = (this.counts.errors[text] ?? 0) + 1
    }
    this.#options.onRow(row)
    if (this.counts.rows >= this.#options.most) this.#isDone = true
  }
}

/**
 * The rows of a table without the titles above it: the first rows have at most half as many cells as most rows, and the first that has as
 * many as those names columns.
 */
function behindTitles(rows: readonly SheetRow[]): readonly SheetRow[] {
  const counts = Map.groupBy(rows, ({ columns }) => columns.length)
  const usual = [...counts].reduce((one, other) => (other[1].length > one[1].length ? other : one), [0, []] as [number, SheetRow[]])[0]
  const begin = rows.findIndex(({ columns }) => columns.length >= usual)
  const first = rows[begin]
  if (usual < 2 || first === undefined || rows.slice(0, begin).some(({ columns }) => columns.length * 2 > first.columns.length)) return rows
  const table = rows.slice(begin)
  return table.length > 1 && namesColumns(first, table.slice(1)) ? table : rows
}

/** A row of texts, none of which stands below it again in its column. */
function namesColumns(first: SheetRow, others: readonly SheetRow[]): boolean {
  if (first.kinds.some((kind) => kind !== 'text')) return false
  return !others.some((row) => first.columns.some((column, at) => textAt(row, column) === first.texts[at]))
}
