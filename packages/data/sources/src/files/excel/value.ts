import { type Shown, shownByFormat, shownByNumber } from './number-format.ts'
import { textOfSerial } from './serial.ts'
import type { CellSink } from './workbook.ts'

/** How the cells of a workbook are shown, by the number of their style. */
export class Styles {
  readonly #formats = new Map<number, Shown>()
  readonly #cells: number[] = []
  readonly #shown: Shown[] = []

  format(id: number, code: string): void {
    this.#formats.set(id, shownByFormat(code))
  }

  /** The next style of cells. */
  style(format: number): void {
    this.#cells.push(format)
  }

  shown(style: number): Shown {
    const known = this.#shown[style]
    if (known !== undefined) return known
    const format = this.#cells[style] ?? 0
    const shown = this.#formats.get(format) ?? shownByNumber(format)
    this.#shown[style] = shown
    return shown
  }
}

/** Texts that many cells share. */
export type SharedTexts = readonly string[]

/** A number in its shortest text that gives the same double, or the date or time as which it is shown. */
export function putNumber(sink: CellSink, row: number, column: number, value: number, shown: Shown, epoch: 1900 | 1904): void {
  if (shown === 'number') sink.cell(row, column, String(value), 'number')
  else sink.cell(row, column, textOfSerial(value, shown, epoch), 'time')
}

export const errorTexts: Readonly<Record<number, string>> = {
  0: '#NULL!',
  7: '#DIV/0!',
  15: '#VALUE!',
  23: '#REF!',
  29: '#NAME?',
  36: '#NUM!',
  42: '#N/A',
  43: '#GETTING_DATA',
}

/** A number of binary workbooks in 30 bits: a whole number or the upper half of a double, in hundredths or not. */
export function numberOfRk(rk: number): number {
  const isWhole = (rk & 2) !== 0
  let value: number
  if (isWhole) value = rk >> 2
  else {
    scratch.setUint32(0, rk & 0xfffffffc)
    scratch.setUint32(4, 0)
    value = scratch.getFloat64(0)
  }
  return (rk & 1) !== 0 ? value / 100 : value
}
const scratch = new DataView(new ArrayBuffer(8))
