export interface Place {
  /** Both from 1; columns count characters, not UTF-16 units. */
  readonly line: number
  readonly column: number
  /** The line with a caret under the place. */
  readonly frame: string
}

/** Where the character at `position` (from 1, as PostgreSQL counts) is, or undefined outside the text. */
export function placeOf(text: string, position: number): Place | undefined {
  const characters = Array.from(text)
  if (position < 1 || position > characters.length + 1) return undefined
  const before = characters
    .slice(0, position - 1)
    .join('')
    .split('\n')
  const line = before.length
  const column = Array.from(before.at(-1) ?? '').length + 1
  const source = text.split('\n')[line - 1]?.replace(/\r$/, '') ?? ''
  const margin = `  ${line} | `
  const indent = Array.from(source)
    .slice(0, column - 1)
    .map((character) => (character === '\t' ? '\t' : ' '))
    .join('')
  return { line, column, frame: `${margin}${source}\n${' '.repeat(margin.length - 2)}| ${indent}^` }
}
