import { type Model, type ModelTestSpec, rawSql, type Sql, type SqlPart } from '@sluice/author'
import { definitionErrors, formatInstant } from '@sluice/core'
import { sqlTokens } from '@sluice/postgres'

/** A common table expression at the beginning of a query. */
interface Cte {
  readonly name: string
  /** Behind its closing parenthesis, in the text of the query. */
  readonly end: number
}

/**
 * The query of a model, cut behind its common table expressions, with the rows of one of them in the place of its own.
 * @throws `definition.invalid` where the query does not begin with one of the name
 */
export function onlyCte({ name: model, sql }: Pick<Model, 'name' | 'sql'>, wanted: string): Sql {
  // Spaces stand for what is bound: it holds no parenthesis.
  const text = sql.parts.map((part) => (part.kind === 'text' ? part.text : ' ')).join('')
  const found = ctesOf(text)
  const meant = found.find(({ name }) => name === wanted)
  const last = found.at(-1)
  if (meant === undefined || last === undefined) {
    throw definitionErrors.invalid(`the query of model ${model} has no common table expression ${wanted}`, {
      facts: { model, cte: wanted, known: found.map(({ name }) => name) },
      next: found.length === 0 ? `Begin the query with: with ${wanted} as (...).` : `It has ${found.map(({ name }) => name).join(', ')}.`,
    })
  }
  return { ...sql, parts: [...partsUntil(sql.parts, last.end), ...rawSql(` select * from "${meant.name.replaceAll('"', '""')}"`).parts] }
}

/** `WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (...) [, ...]`, the same in both engines. */
function ctesOf(text: string): readonly Cte[] {
  const tokens = [...sqlTokens(text)].filter(({ kind }) => kind !== 'comment')
  const word = (at: number): string => (tokens[at]?.kind === 'word' ? (tokens[at]?.text.toLowerCase() ?? '') : '')
  if (word(0) !== 'with') return []
  const found: Cte[] = []
  let at = word(1) === 'recursive' ? 2 : 1
  for (;;) {
    const name = tokens[at]
    if (name === undefined) return found
    while (at < tokens.length && word(at) !== 'as') at++
    while (at < tokens.length && tokens[at]?.text !== '(') at++
    for (let depth = 0; at < tokens.length; at++) {
      depth += tokens[at]?.text === '(' ? 1 : tokens[at]?.text === ')' ? -1 : 0
      if (depth === 0) break
    }
    const close = tokens[at]
    if (close === undefined) return found
    found.push({ name: nameOf(name), end: close.at + 1 })
    if (tokens[at + 1]?.text !== ',') return found
    at += 2
  }
}

/** Unquoted names are small in PostgreSQL; DuckDB does not tell them apart. */
const nameOf = ({ kind, text }: { readonly kind: string; readonly text: string }): string =>
  kind === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase()

function partsUntil(parts: readonly SqlPart[], end: number): readonly SqlPart[] {
  let place = 0
  return parts.flatMap((part): readonly SqlPart[] => {
    const begins = place
    place += part.kind === 'text' ? part.text.length : 1
    if (begins >= end) return []
    return part.kind === 'text' && place > end ? [{ ...part, text: part.text.slice(0, end - begins) }] : [part]
  })
}

/** Those that are compared, with the types that the query gives them. @throws `definition.invalid` for one that it does not give */
export function cteColumns<Column extends { readonly name: string }>(
  { cte, expect }: Pick<ModelTestSpec, 'cte' | 'expect'>,
  output: readonly Column[],
): readonly Column[] {
  const named = [...new Set(expect.flatMap((row) => Object.keys(row)))]
  const stranger = named.find((name) => !output.some((column) => column.name === name))
  if (stranger !== undefined) {
    throw definitionErrors.invalid(`an expected row has a column ${stranger}, which the expression ${cte} does not give`, {
      facts: { cte, column: stranger },
      next: `It gives ${output.map(({ name }) => name).join(', ')}.`,
    })
  }
  return named.length === 0 ? output : output.filter(({ name }) => named.includes(name))
}

/** A value of a test as SQL of the type. `undefined` for no value. */
export function castOf(value: unknown, type: string, quote: (text: string) => string): string | undefined {
  if (value === null || value === undefined) return undefined
  const isTime = /^(timestamp|date)/i.test(type)
  const text =
    isTime && typeof value === 'number' ? formatInstant(value) : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return `CAST(${quote(text)} AS ${type})`
}
