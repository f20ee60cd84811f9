import { near } from '@sluice/core'
import { sqlTokens } from '@sluice/postgres'

const cursorWords = new Set(['select', 'with', 'values', 'table'])
const directWords = new Set(['explain', 'show'])
/** Statements of the server that do more than read. */
const otherWords = new Set(
  `abort alter analyze begin call checkpoint close cluster comment commit copy create deallocate declare delete discard do drop end execute
  fetch grant import insert listen load lock merge move notify prepare reassign refresh reindex release reset revoke rollback savepoint
  security set start truncate unlisten update vacuum`.split(/\s+/),
)

/** How a statement typed by a person is run: through a cursor (it can be cut at a limit), directly, or not at all. */
export type StatementKind = 'cursor' | 'direct' | 'refused'

export function statementKind(statement: string): StatementKind {
  const { word, inBrackets } = firstWord(statement)
  if (cursorWords.has(word)) return 'cursor'
  return directWords.has(word) && !inBrackets ? 'direct' : 'refused'
}

/** Why a statement is refused: it is one of another kind (`known`), or its first word is none, with the words that may be meant. */
export function refusalOf(
  statement: string,
): { readonly word: string; readonly known: boolean; readonly meant: readonly string[] } | undefined {
  if (statementKind(statement) !== 'refused') return undefined
  const { word, inBrackets } = firstWord(statement)
  const known = otherWords.has(word) || (inBrackets && directWords.has(word))
  return { word, known, meant: known || word === '' ? [] : near(word, [...cursorWords, ...directWords]) }
}

function firstWord(statement: string): { readonly word: string; readonly inBrackets: boolean } {
  let inBrackets = false
  for (const { kind, text } of sqlTokens(statement)) {
    if (kind === 'comment') continue
    if (text !== '(') return { word: text.toLowerCase(), inBrackets }
    inBrackets = true
  }
  return { word: '', inBrackets }
}
