import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'

export interface ColumnOf<Row> {
  readonly title: string
  readonly of: (row: Row) => string
  readonly align?: 'right'
}

/** Rows under titles, columns as wide as their widest cell. Colours do not count; no cell breaks the line. */
export function table<Row>(rows: readonly Row[], columns: readonly ColumnOf<Row>[], empty: string): string {
  if (rows.length === 0) return pc.dim(empty)
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => oneLine(of(row))))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? ''))))
  return lines
    .map((cells, line) => {
      const text = cells
        .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align))
        .join('  ')
        .trimEnd()
      return line === 0 ? pc.dim(text) : text
    })
    .join('\n')
}

/** `name  value` pairs, one a line. */
export function fields(pairs: readonly (readonly [string, string | undefined])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${pc.dim(name.padEnd(width))}  ${value}`).join('\n')
}

function pad(cell: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return align === 'right' ? space + cell : cell + space
}

const oneLine = (cell: string): string => cell.replaceAll(/\s*\n\s*/g, ' ')

/** Characters wide: East Asian wide ones and emoji take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += wide.test(character) ? 2 : 1
  return width
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
