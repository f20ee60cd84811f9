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
    const text = (lines[at - 1] ?? '').replaceAll('\t', ' ')
    frame.push(`${at === line ? '>' : ' '} ${String(at).padStart(width)} | ${text}`.trimEnd())
    if (at === line && column !== null) frame.push(`  ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1))}^`)
  }
  return frame.join('\n')
}
