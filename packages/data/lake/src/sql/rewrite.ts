import { quoteIdentifier } from '@sluice/duckdb'
import type { ColumnReference, TableReference } from './references.ts'
import { type Token, tokensOf } from './tokens.ts'

/** A reference and the name that stands in for it. */
export interface StandIn {
  readonly reference: TableReference
  readonly name: string
}

/**
 * The statement with each table replaced by its stand-in under the name it had, `AT (...)` gone, and `silver.assets.price` as
 * `assets.price`; everything else is as written, byte for byte. A closing semicolon goes. `undefined` when a name is not where the parser
 * said it is.
 */
export function rewrite(sql: string, standIns: readonly StandIn[], columns: readonly ColumnReference[]): string | undefined {
  const tokens = tokensOf(sql)
  const edits: Edit[] = []
  for (const { reference, name } of standIns) {
    const first = tokens.findIndex(({ start }) => start === reference.place)
    const last = lastOf(tokens, first, reference.names)
    if (last === undefined) return undefined
    const own = reference.names.at(-1) ?? ''
    const described = /^(describe|desc|summarize|summarise)$/i.test(tokens[first - 1]?.written ?? '')
    const alias = reference.aliased || described ? '' : ` AS ${quoteIdentifier(aliasOf(own))}`
    edits.push({ start: reference.place, end: tokens[last]?.end ?? 0, text: `${quoteIdentifier(name)}${alias}` })
    if (reference.at === undefined) continue
    const clause = clauseOf(tokens, last + 1)
    if (clause === undefined) return undefined
    edits.push({ ...clause, text: '' })
  }
  const unaliased = standIns.filter(({ reference }) => !reference.aliased && reference.names.length > 1)
  for (const { names, place } of columns) {
    const table = unaliased.find(({ reference }) => startsWith(names, reference.names))
    const first = tokens.findIndex(({ start }) => start === place)
    const own = tokens[first + (table?.reference.names.length ?? 0) * 2 - 2]
    if (table !== undefined && first >= 0 && own !== undefined) edits.push({ start: place, end: own.start, text: '' })
  }
  for (const token of tokens.toReversed()) {
    if (token.written !== ';') break
    edits.push({ start: token.start, end: token.end, text: '' })
  }
  return applied(sql, edits)
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

function applied(sql: string, edits: readonly Edit[]): string {
  const bytes = Buffer.from(sql)
  let [text, at] = ['', 0]
  for (const { start, end, text: inserted } of [...edits].sort((a, b) => a.start - b.start)) {
    text += bytes.subarray(at, start).toString('utf8') + inserted
    at = end
  }
  return text + bytes.subarray(at).toString('utf8')
}

/** The index of a name's last token: `silver . assets`, each part as the parser has it. */
function lastOf(tokens: readonly Token[], first: number, names: readonly string[]): number | undefined {
  if (first < 0) return undefined
  for (const [index, name] of names.entries()) {
    const token = tokens[first + index * 2]
    if (token === undefined || token.value.toLowerCase() !== name.toLowerCase()) return undefined
    if (index > 0 && tokens[first + index * 2 - 1]?.written !== '.') return undefined
  }
  return first + (names.length - 1) * 2
}

/** From the next `AT` to the end of its parentheses. */
function clauseOf(tokens: readonly Token[], from: number): { readonly start: number; readonly end: number } | undefined {
  const at = tokens.findIndex((token, index) => index >= from && token.kind === 'word' && token.value.toLowerCase() === 'at')
  const start = tokens[at]
  if (start === undefined) return undefined
  let depth = 0
  for (const token of tokens.slice(at + 1)) {
    if (token.written === '(') depth++
    else if (token.written === ')') depth--
    if (depth === 0) return token.written === ')' ? { start: start.start, end: token.end } : undefined
  }
  return undefined
}

/** A table is called by its name, a file by its name without folder and ending. */
const aliasOf = (name: string): string => (/[/\\]/.test(name) ? (name.split(/[/\\]/).at(-1) ?? name).replace(/\..*$/, '') : name)

const startsWith = (names: readonly string[], beginning: readonly string[]): boolean =>
  names.length > beginning.length && beginning.every((name, index) => names[index]?.toLowerCase() === name.toLowerCase())
