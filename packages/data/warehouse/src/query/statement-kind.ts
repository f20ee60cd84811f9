import { endOfComment } from '@sluice/core'

const space = /^\s+/
const lineComment = /^--[^\n]*/
const cursorWords = new Set(['select', 'with', 'values', 'table'])
const directWords = new Set(['explain', 'show'])

/** How a statement typed by a person is run: through a cursor (it can be cut at a limit), directly, or not at all. */
export type StatementKind = 'cursor' | 'direct' | 'refused'

export function statementKind(text: string): StatementKind {
  const rest = withoutLeadingComments(text)
  const word = (/^[(\s]*([a-z]+)/i.exec(rest)?.[1] ?? '').toLowerCase()
  if (cursorWords.has(word)) return 'cursor'
  return directWords.has(word) && !rest.startsWith('(') ? 'direct' : 'refused'
}

/** Comments in `/* *` `/` nest in PostgreSQL. */
function withoutLeadingComments(text: string): string {
  let rest = text
  for (;;) {
    const before = rest
    rest = rest.replace(space, '').replace(lineComment, '')
    if (rest.startsWith('/*')) rest = rest.slice(endOfComment(rest))
    if (rest === before) return rest
  }
}
