/** What every kind of workbook gives. */

/** What a cell holds, of which its text is made. Dates and times are numbers that are shown as such. */
export type CellKind = 'text' | 'number' | 'time' | 'boolean' | 'error'

/** Takes the cells of a sheet as they come: by row, and by column within it. Rows and columns count from 0. */
export interface CellSink {
  cell(row: number, column: number, text: string, kind: CellKind): void
  /** A formula whose value nobody has stored. */
  withoutValue(row: number, column: number): void
  merged(range: Range): void
  /** Whether enough was seen: the rest is not read. */
  readonly isDone: boolean
}

/** Both ends belong to it. */
export interface Range {
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

export interface Sheet {
  readonly name: string
  readonly isHidden: boolean
  /** A sheet of a chart, a macro or a dialog has no cells. */
  readonly hasCells: boolean
}

export interface DefinedName {
  readonly name: string
  /** Of the sheet that it stands for, from 0. */
  readonly sheet: number
  readonly range: Range
}

export interface Workbook extends AsyncDisposable {
  readonly kind: 'xlsx' | 'xlsb' | 'xls'
  /** In the order of their tabs. */
  readonly sheets: readonly Sheet[]
  readonly names: readonly DefinedName[]
  /** The year in which days begin to be counted. */
  readonly epoch: 1900 | 1904
  /** @param sheet from 0 */
  read(sheet: number, sink: CellSink): Promise<void>
}

export const mostRows = 1_048_576
export const mostColumns = 16_384
