/** A place in a file, both counted from 1. */
export interface SourcePosition {
  readonly line: number
  readonly column: number | null
}

/**
 * The source around a place as plain text: two lines before and after, the line itself marked, a caret under the column.
 * Colours are the terminal's business. `null` when the source has no such line.
 */
export function codeFrame(source: string, line: number, column: number | null): string | null {
  const lines = source.split(/\r?\n/)
  if (line < 1 || line > lines.length) return null
  const first = Math.max(1, line - 2)
  const last = Math.min(lines.length, line + 2)
  const width = String(last).length
  const frame: string[] = []
  for (let at = first; at <= last; at++) {
    const { text, before } = around((lines[at - 1] ?? '').replaceAll('\t', ' '), at === line ? (column ?? 1) : 1)
    frame.push(`${at === line ? '>' : ' '} ${String(at).padStart(width)} | ${text}`.trimEnd())
    if (at === line && column !== null) frame.push(`  ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1 - before))}^`)
  }
  return frame.join('\n')
}

/** A longer line was made by a program: of five megabytes in one line nobody reads more. */
const longestLine = 400

/** What is shown of a line, and how many of its characters the cut takes from before its column. */
function around(line: string, column: number): { readonly text: string; readonly before: number } {
  if (line.length <= longestLine) return { text: line, before: 0 }
  const from = Math.max(0, Math.min(column - 1 - longestLine / 2, line.length - longestLine))
  const [start, end] = [from > 0 ? '… ' : '', from + longestLine < line.length ? ' …' : '']
  return { text: `${start}${line.slice(from, from + longestLine)}${end}`, before: from - start.length }
}
