import { sqlTokens } from '@sluice/postgres'

const cursorWords = new Set(['select', 'with', 'values', 'table'])
const directWords = new Set(['explain', 'show'])

/** How a statement typed by a person is run: through a cursor (it can be cut at a limit), directly, or not at all. */
export type StatementKind = 'cursor' | 'direct' | 'refused'

export function statementKind(statement: string): StatementKind {
  let inBrackets = false
  for (const { kind, text } of sqlTokens(statement)) {
    if (kind === 'comment') continue
    if (text !== '(') return kindOf(text.toLowerCase(), inBrackets)
    inBrackets = true
  }
  return 'refused'
}

function kindOf(word: string, inBrackets: boolean): StatementKind {
  if (cursorWords.has(word)) return 'cursor'
  return directWords.has(word) && !inBrackets ? 'direct' : 'refused'
}
