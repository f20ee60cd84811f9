import type { DeltaError } from '../errors.ts'

/** Makes the error for an expression outside the subset. `why` says what is wrong with it. */
export type Refuse = (why: string) => DeltaError

/**
 * Turns Spark SQL's quoting into DuckDB's: Spark quotes names with backticks and texts with either quote. Backslashes and doubled quotes in
 * texts are refused, because the two engines read them differently. Comments are refused too.
 */
export function toDuckQuoting(text: string, refuse: Refuse): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at)
    const close = character === "'" || character === '"' || character === '`' ? closing(text, at, character, refuse) : undefined
    if (close === undefined) {
      if (/^(--|\/\*|\*\/|;)/.test(text.slice(at))) throw refuse('contains a comment or a semicolon')
      out += character
      at++
      continue
    }
    const inner = text.slice(at + 1, close)
    if (character === '`') out += `"${inner.replaceAll('``', '`').replaceAll('"', '""')}"`
    else {
      if (inner.includes('\\')) throw refuse('contains a backslash in a text')
      out += `'${inner.replaceAll("'", "''")}'`
    }
    at = close + 1
  }
  return out
}

function closing(text: string, open: number, quote: string, refuse: Refuse): number {
  let close = text.indexOf(quote, open + 1)
  while (quote === '`' && close !== -1 && text.charAt(close + 1) === '`') close = text.indexOf(quote, close + 2)
  if (close === -1) throw refuse('has a quote that is not closed')
  if (text.charAt(close + 1) === quote) throw refuse('contains a doubled quote in a text')
  return close
}
