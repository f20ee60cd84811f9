import pc from 'picocolors'
import { printable } from './printable.ts'

export interface ColumnOf<Row> {
  readonly title: string
  readonly of: (row: Row) => string
  /** Gives the cell its colour. */
  readonly show?: (cell: string, row: Row) => string
  readonly align?: 'right'
}

/** Rows under titles, columns as wide as their widest cell. No cell breaks the line, and none tells the terminal what to do. */
export function table<Row>(rows: readonly Row[], columns: readonly ColumnOf<Row>[], empty: string): string {
  if (rows.length === 0) return pc.dim(empty)
  const lines: readonly { readonly cells: readonly string[]; readonly row?: Row }[] = [
    { cells: columns.map(({ title }) => printable(title)) },
    ...rows.map((row) => ({ row, cells: columns.map(({ of }) => oneLine(printable(of(row)))) })),
  ]
  const widths = columns.map((_, at) => lines.reduce((most, line) => Math.max(most, widthOf(line.cells[at] ?? '')), 0))
  return lines
    .map(({ cells, row }) => {
      const text = cells
        .map((cell, at) => {
          const { align, show } = columns[at] ?? {}
          return pad(cell, widths[at] ?? 0, align, row === undefined || show === undefined ? cell : show(cell, row))
        })
        .join('  ')
        .trimEnd()
      return row === undefined ? pc.dim(text) : text
    })
    .join('\n')
}

/** `name  value` pairs, one a line; a third member gives the value its colour. */
export function fields(pairs: readonly (readonly [string, string | undefined, ((value: string) => string)?])[]): string {
  const shown = pairs.flatMap(([name, value, show = String]) => (value === undefined || value === '' ? [] : [{ name, value, show }]))
  const width = Math.max(...shown.map(({ name }) => name.length))
  return shown.map(({ name, value, show }) => `${pc.dim(name.padEnd(width))}  ${show(printable(value))}`).join('\n')
}

function pad(cell: string, width: number, align: 'right' | undefined, shown: string): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return align === 'right' ? space + shown : shown + space
}

const oneLine = (cell: string): string => cell.replaceAll(/\s*\n\s*/g, ' ')

/** Characters wide: East Asian wide ones and emoji take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += wide.test(character) ? 2 : 1
  return width
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
