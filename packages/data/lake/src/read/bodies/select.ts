import type { AnyDataset, Bodies } from '@sluice/author'
import { duckdbDialect } from '@sluice/checks'
import { duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type Field, fieldsOf, holdsJson, structureOf } from './structure.ts'
import { numbersAsTexts, ownMarksTwice, unmarked, unmarkedJson } from './text.ts'

type BodiesOf = Pick<AnyDataset, 'id' | 'facts'>

/**
 * Bodies as the rows that their dataset declares, from a SELECT of bronze. One `from_json_strict` a body, in which every field is text, so
 * that no number passes through a double; then casts that lose nothing. What does not read as declared ends the statement and says where;
 * `judgedBodies` finds it row by row instead. Raw bodies come as they are; for SQL that parses JSON (`parsesJson`) numbers that DuckDB
 * would round stand in them as strings, so that whatever reads them reads all of their digits.
 */
export function bodiesSelect({ id, facts }: BodiesOf, scan: string, parsesJson: boolean): string {
  const { bodies } = facts
  if (bodies === undefined || bodies.format === 'raw') {
    const payload = parsesJson ? `${numbersAsTexts('payload', false)} AS payload` : 'payload'
    return `SELECT ${landedOf(bodies)}, ${payload} FROM (${scan})`
  }
  const outside = fieldsOf(bodies.around)
  const inside = fieldsOf(bodies.fields)
  const landed = landedOf(bodies)
  const parsed = `SELECT ${landed}, from_json_strict(${preparedText(bodies, 'payload')}, ${quoteLiteral(JSON.stringify(structureOf(id, bodies)))}) AS body FROM (${scan})`
  const around = outside.map(({ keys }, at) => `${valueAt('body', keys)} AS o${at}, `).join('')
  const elements = valueAt('body', bodies.path.keys)
  const where = `${id}: ${['$', ...bodies.path.keys].join('.')}`
  const element = bodies.path.each
    ? `unnest(CASE WHEN ${elements} IS NULL THEN error(${quoteLiteral(`${where} of a body is null, where a list was declared`)}) ELSE ${elements} END)`
    : elements
  const fields = [...outside, ...inside]
  const raws = [
    ...outside.map((field, at) => leafSql(bodies, field, `o${at}`)),
    ...inside.map((field) => leafSql(bodies, field, valueAt('element', field.keys))),
  ].map((sql, at) => `${sql} AS ${rawName(at)}`)
  const { select, each } = dialect.conversions(
    `SELECT ${landed}, ${raws.join(', ')} FROM (SELECT ${landed}, ${around}${element} AS element FROM (${parsed}))`,
    fields.map(({ column }, at) => ({ type: column.type, source: 'VARCHAR', x: rawName(at) })),
  )
  const columns = fields.map((field, at) => columnSql(id, field, rawName(at), each[at]?.value))
  return `SELECT ${landed}, ${columns.join(', ')} FROM (${select})`
}

const rawName = (at: number): string => `r${at}`

export const landedOf = (bodies: Bodies | undefined): string =>
  Object.keys(bodies?.landed ?? {})
    .map(quoteIdentifier)
    .join(', ')

/** Numbers are marked only where a field keeps them as JSON: elsewhere the text that stands for a number is what is wanted. */
const isMarked = ({ around, fields }: Bodies): boolean => holdsJson(around) || holdsJson(fields)

/** The payload as it may be parsed. */
export const preparedText = (bodies: Bodies, payload: string): string =>
  isMarked(bodies) ? numbersAsTexts(ownMarksTwice(payload), true) : numbersAsTexts(payload, false)

export function leafSql(bodies: Bodies, { column }: Field, raw: string): string {
  if (!isMarked(bodies)) return raw
  return column.type.kind === 'json' ? unmarkedJson(`CAST(${raw} AS VARCHAR)`) : unmarked(raw)
}

export const valueAt = (from: string, keys: readonly string[]): string => [from, ...keys.map(quoteIdentifier)].join('.')

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** The value of a field in the column's type, NULL where it is null; anything else that it cannot hold is an error with the value in it. */
function columnSql(id: string, { name, column }: Field, raw: string, converted: string | undefined): string {
  const { type, notNull, oneOf } = column
  const fail = (what: string): string => `error(${quoteLiteral(`${id}: ${name} `)} || ${what})`
  const isText = type.kind === 'text' || type.kind === 'json'
  // Texts are judged by the columns of whoever reads them.
  const cast = isText ? raw : (converted ?? raw)
  const missing = notNull ? `WHEN ${raw} IS NULL THEN ${fail(quoteLiteral('is null, which it is declared not to be'))} ` : ''
  const shown = `'is "' || left(${raw}, 100) || '", which is not`
  const listed =
    oneOf === undefined ? '' : `WHEN NOT ${dialect.among(raw, oneOf.map(quoteLiteral))} THEN ${fail(`${shown} among its values'`)} `
  const wrong = isText
    ? ''
    : `WHEN ${raw} IS NOT NULL AND ${cast} IS NULL THEN ${fail(`${shown} a ${duckdbType(type)}: declare it as text, and let the model judge it'`)} `
  const cases = missing + listed + wrong
  return `${cases === '' ? cast : `CASE ${cases}ELSE ${cast} END`} AS ${quoteIdentifier(name)}`
}
