import type { AnyDataset, RowCheck } from '@sluice/author'
import { type Conversion, duckdbDialect, formRule, type IncomingColumn, judge, type Rule } from '@sluice/checks'
import { duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { RefusedRows } from '../../pinned.ts'
import { landedOf, leafSql, preparedText, valueAt } from './select.ts'
import { type Field, fieldsOf, objectsIn, type Structure, structureOfFields } from './structure.ts'
import { withoutHalves } from './text.ts'

/** Rows of a dataset that read as declared, and those that do not. */
export interface JudgedSource extends RefusedRows {
  readonly good: string
}

/**
 * The rows of `bodiesSelect`, judged one by one, where that one fails: a field that an element lacks is null, an element that is not an
 * object of the declared form is refused, and so is a body that is none. Each element is parsed on its own, which takes twice as long.
 * `undefined` for raw bodies.
 */
export function judgedBodies({ id, facts }: Pick<AnyDataset, 'id' | 'facts'>, scan: string): JudgedSource | undefined {
  const { bodies } = facts
  if (bodies === undefined || bodies.format === 'raw') return undefined
  const landed = landedOf(bodies)
  const path = jsonPath(bodies.path.keys)
  const rules: Rule[] = [
    formRule('payload'),
    formRule(`$${bodies.path.keys.map((key) => `.${key}`).join('')}${bodies.path.each ? '[*]' : ''}`),
  ]
  const [body, element, ofFields] = [1, 2, rules.length]

  const texts = `SELECT ${landed}, payload, ${preparedText(bodies, 'repaired')} AS json
    FROM (SELECT *, ${withoutHalves('payload')} AS repaired FROM (${scan}))`
  const elements = bodies.path.each
    ? `CASE WHEN json_type(json, ${path}) = 'ARRAY' THEN json_extract(json, ${quoteLiteral(`${rootOf(bodies.path.keys)}[*]`)}) ELSE [NULL::JSON] END`
    : `[json_extract(json, ${path})]`
  const listed = bodies.path.each ? `coalesce(json_type(json, ${path}) = 'ARRAY', false)` : 'true'
  const split = `SELECT ${landed}, payload, json, valid, unnest(CASE WHEN valid THEN ${elements} ELSE [NULL::JSON] END) AS e
    FROM (SELECT *, CASE WHEN json_valid(json) THEN ${listed} ELSE false END AS valid FROM (${texts}))`
  const parsed = `SELECT ${landed}, payload, valid, e, ${objectSql('e', structureOfFields(id, bodies.fields))} AS element,
      ${Object.keys(bodies.around).length === 0 ? '' : `CASE WHEN valid THEN ${objectSql('json', structureOfFields(id, bodies.around))} END AS around,`}
      NOT coalesce(json_type(e) IN ('OBJECT', 'NULL'), false) AS odd FROM (${split})`

  const fields = [
    ...fieldsOf(bodies.around).map((field) => ({ field, raw: leafSql(bodies, field, valueAt('around', field.keys)) })),
    ...fieldsOf(bodies.fields).map((field) => ({ field, raw: leafSql(bodies, field, valueAt('element', field.keys)) })),
  ]
  const raws = fields.map(({ raw }, at) => `${raw} AS r${at}`).join(', ')
  const { select, each } = dialect.conversions(
    `SELECT *, ${raws} FROM (${parsed})`,
    fields.map(({ field }, at) => ({ type: field.column.type, source: 'VARCHAR', x: `r${at}` })),
  )
  const columns = fields.map(({ field }, at) => incoming(field, at, each[at]))
  const verdict = judge(
    columns,
    fields.flatMap(({ field }) => checksOf(field)),
    dialect,
  )
  rules.push(...verdict.rules)
  const typed = columns.map(({ conversion }, at) => `${conversion.value} AS t${at}`).join(', ')
  const broken = `CASE WHEN NOT valid THEN ${body} WHEN odd OR (element IS NULL AND json_type(e) = 'OBJECT') THEN ${element}
    ELSE ${verdict.firstBroken === undefined ? 'NULL' : `${ofFields} + (${verdict.firstBroken})`} END`
  const judged = `SELECT *, ${broken} AS rule_number FROM (SELECT *, ${typed} FROM (${select}))`

  const chosen = (of: readonly string[]): string => `list_extract([${of.map(quoteLiteral).join(', ')}]::VARCHAR[], rule_number::BIGINT)`
  const cells = fields.map(({ field }, at) => `${quoteIdentifier(field.name)} := CAST(r${at} AS VARCHAR)`).join(', ')
  return {
    good: `SELECT ${landed}, ${fields.map(({ field }, at) => `t${at} AS ${quoteIdentifier(field.name)}`).join(', ')} FROM (${judged}) WHERE rule_number IS NULL`,
    refused: `SELECT ${chosen(rules.map((rule) => rule.id))} AS rule, ${chosen(rules.map((rule) => rule.columns.join(',')))} AS place,
      CAST(to_json(CASE rule_number WHEN ${body} THEN to_json(struct_pack(page := CAST(page AS VARCHAR), payload := payload))
        WHEN ${element} THEN to_json(struct_pack(page := CAST(page AS VARCHAR), element := CAST(e AS VARCHAR)))
        ELSE to_json(struct_pack(page := CAST(page AS VARCHAR), ${cells})) END) AS VARCHAR) AS cells
      FROM (${judged}) WHERE rule_number IS NOT NULL`,
    messages: Object.fromEntries(rules.map((rule) => [rule.id, rule.message])),
  }
}

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** Texts are judged by the columns of whoever reads them. */
function incoming({ name, column }: Field, at: number, converted: Conversion | undefined): IncomingColumn {
  const isText = column.type.kind === 'json' || column.type.kind === 'text'
  const asItIs: Conversion = { value: `r${at}`, absent: `r${at} IS NULL`, arms: () => [] }
  return {
    name,
    type: column.type,
    required: column.notNull,
    conversion: isText ? asItIs : (converted ?? asItIs),
    typed: `t${at}`,
  }
}

const checksOf = ({ name, column: { oneOf } }: Field): readonly RowCheck[] =>
  oneOf === undefined ? [] : [{ kind: 'accepted', column: name, values: oneOf }]

/** An object as a struct of texts. What it lacks is null. NULL for an object that has a key twice, or a value in the place of an object. */
function objectSql(json: string, structure: Structure): string {
  const form = quoteLiteral(JSON.stringify(structure))
  const inner = objectsIn(structure).map((keys) => jsonPath(keys))
  const objects = inner.map((path) => `coalesce(json_type(${json}, ${path}) IN ('OBJECT', 'NULL'), true)`)
  const keys = [`json_keys(${json})`, ...inner.map((path) => `coalesce(json_keys(${json}, ${path}), [])`)]
  const once = keys.map((list) => `len(${list}) = len(list_distinct(${list}))`)
  const lenient = `CASE WHEN json_type(${json}) = 'OBJECT' AND ${[...objects, ...once].join(' AND ')} THEN from_json(${json}, ${form}) END`
  return `coalesce(TRY(from_json_strict(${json}, ${form})), ${lenient})`
}

const rootOf = (keys: readonly string[]): string => `$${keys.map((key) => `.${quoteIdentifier(key)}`).join('')}`
const jsonPath = (keys: readonly string[]): string => quoteLiteral(rootOf(keys))
