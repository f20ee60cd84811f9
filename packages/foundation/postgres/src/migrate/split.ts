import { sqlTokens } from '../sql-tokens.ts'

export interface SqlStatement {
  /** With the comments around it, without its semicolon. */
  readonly text: string
  /** Its unquoted words in lower case, and where they are in the whole text. */
  readonly words: readonly { readonly word: string; readonly at: number }[]
}

/**
 * The statements of an SQL text, cut at semicolons as `psql` cuts them: not inside quotes, comments and parentheses, nor between BEGIN
 * ATOMIC and END of a routine. A text sent as one is one transaction for the server, which is what a `-- no-transaction` file must avoid.
 */
export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = []
  let from = 0
  let words: { readonly word: string; readonly at: number }[] = []
  let [isEmpty, parentheses, blocks] = [true, 0, 0]
  const cut = (to: number): void => {
    if (!isEmpty) statements.push({ text: sql.slice(from, to).trim(), words })
    from = to + 1
    words = []
    isEmpty = true
    parentheses = 0
  }
  for (const { kind, text, at } of sqlTokens(sql)) {
    if (text === ';' && parentheses <= 0 && blocks === 0) {
      cut(at)
      continue
    }
    isEmpty &&= kind === 'comment'
    if (text === '(') parentheses++
    if (text === ')') parentheses--
    if (kind !== 'word') continue
    const word = text.toLowerCase()
    if (isRoutine(words)) blocks = Math.max(0, blocks + nesting(word, blocks))
    words.push({ word, at })
  }
  cut(sql.length)
  return statements
}

const isRoutine = (words: SqlStatement['words']): boolean =>
  /^create (or replace )?(function|procedure)\b/.test(
    words
      .slice(0, 4)
      .map(({ word }) => word)
      .join(' '),
  )

/** `case` has an `end` of its own. */
const nesting = (word: string, blocks: number): number =>
  word === 'begin' || (word === 'case' && blocks > 0) ? 1 : word === 'end' ? -1 : 0
