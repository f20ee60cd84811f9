import type { Range } from './workbook.ts'

/** Merged ranges, of each of which the first cell alone is shown. Asked row by row, as cells come. */
export class MergedRanges {
  readonly #ranges: Range[] = []
  #isSorted = true as boolean
  #row = -1
  /** The next range that may begin, and those that have begun and not ended. */
  #next = 0
  #open: Range[] = []

  get count(): number {
    return this.#ranges.length
  }

  add(range: Range): void {
    this.#ranges.push(range)
    this.#isSorted = false
  }

  /** Whether a cell lies under the first one of its range: what stands in it is not shown. */
  hides(row: number, column: number): boolean {
    if (this.#ranges.length === 0) return false
    if (row !== this.#row) this.#goTo(row)
    return this.#open.some(({ top, left, right }) => column >= left && column <= right && (row !== top || column !== left))
  }

  #goTo(row: number): void {
    if (!this.#isSorted) this.#ranges.sort((one, other) => one.top - other.top)
    if (!this.#isSorted || row < this.#row) {
      this.#next = 0
      this.#open = []
      this.#isSorted = true
    }
    this.#row = row
    this.#open = this.#open.filter(({ bottom }) => bottom >= row)
    for (; (this.#ranges[this.#next]?.top ?? Number.POSITIVE_INFINITY) <= row; this.#next++) {
      const range = this.#ranges[this.#next]
      if (range !== undefined && range.bottom >= row) this.#open.push(range)
    }
  }
}
