import { type AnyDataset, type Bodies, type Column, type Columns, fieldPath } from '@sluice/author'
import { duckdbDialect } from '@sluice/checks'
import { definitionErrors, type SluiceError } from '@sluice/core'
import { duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'

/**
 * Bodies as the rows that their dataset declares, from a SELECT of bronze. One `from_json_strict` a body, in which every field is text, so
 * that no number passes through a double of the parser's choice; then casts that lose nothing. What does not read as declared ends the
 * statement and says where: a field declared as text is judged row by row instead, by the columns of the model that reads it.
 */
export function bodiesSelect({ id, facts }: Pick<AnyDataset, 'id' | 'facts'>, scan: string, kept: readonly string[] = []): string {
  const { bodies } = facts
  const landed = [...Object.keys(bodies?.landed ?? {}), ...kept].map(quoteIdentifier).join(', ')
  if (bodies === undefined || bodies.format === 'raw') return `SELECT ${landed}, payload FROM (${scan})`
  const outside = fieldsOf(bodies.around)
  const inside = fieldsOf(bodies.fields)
  const parsed = `SELECT ${landed}, from_json_strict(payload, ${quoteLiteral(JSON.stringify(structureOf(id, bodies)))}) AS body FROM (${scan})`
  const around = outside.map(({ keys }, at) => `${valueAt('body', keys)} AS o${at}, `).join('')
  const elements = valueAt('body', bodies.path.keys)
  const where = `${id}: ${['$', ...bodies.path.keys].join('.')}`
  const element = bodies.path.each
    ? `unnest(CASE WHEN ${elements} IS NULL THEN error(${quoteLiteral(`${where} of a body is null, where a list was declared`)}) ELSE ${elements} END)`
    : elements
  const columns = [
    ...outside.map((field, at) => columnSql(id, field, `o${at}`)),
    ...inside.map((field) => columnSql(id, field, valueAt('element', field.keys))),
  ]
  return `SELECT ${landed}, ${columns.join(', ')} FROM (SELECT ${landed}, ${around}${element} AS element FROM (${parsed}))`
}

interface Field {
  readonly name: string
  readonly column: Column
  readonly keys: readonly string[]
}

const fieldsOf = (columns: Columns): readonly Field[] =>
  Object.entries(columns).map(([name, column]) => ({
    name,
    column,
    keys: column.at === undefined ? [name] : fieldPath(name, column.at),
  }))

/** The strict structure of a body: objects by their keys, a list by its element. */
type Structure = { [key: string]: Structure } | readonly [Structure] | 'VARCHAR' | 'JSON'

function structureOf(id: string, { path, around, fields }: Bodies): Structure {
  const element: Structure = {}
  for (const field of fieldsOf(fields)) place(id, element, field.keys, leafOf(field))
  const whole: Structure = path.each ? [element] : element
  if (path.keys.length === 0) {
    if (path.each && Object.keys(around).length > 0) throw clash(id, '$', 'there is nothing around the elements of a body that is a list')
    if (!path.each) for (const field of fieldsOf(around)) place(id, element, field.keys, leafOf(field))
    return whole
  }
  const body: Structure = {}
  place(id, body, path.keys, whole)
  for (const field of fieldsOf(around)) place(id, body, field.keys, leafOf(field))
  return body
}

const leafOf = ({ column }: Field): Structure => (column.type.kind === 'json' ? 'JSON' : 'VARCHAR')

/**
 * Puts a leaf into a tree of objects. Two columns may read one field. @throws `definition.invalid` where one path goes through the other's
 * value.
 */
function place(id: string, tree: { [key: string]: Structure }, keys: readonly string[], leaf: Structure): void {
  let at = tree
  for (const key of keys.slice(0, -1)) {
    const next = at[key] ?? {}
    if (typeof next === 'string' || isList(next)) throw clash(id, ['$', ...keys].join('.'), `"${key}" is read as a value too`)
    at[key] = next
    at = next
  }
  const last = keys.at(-1) ?? ''
  const there = at[last]
  if (there !== undefined && JSON.stringify(there) !== JSON.stringify(leaf)) {
    throw clash(id, ['$', ...keys].join('.'), `"${last}" is read as ${typeof there === 'string' ? there : 'an object'} too`)
  }
  at[last] = leaf
}

const isList = (structure: Structure): structure is readonly [Structure] => Array.isArray(structure)

const clash = (id: string, path: string, what: string): SluiceError =>
  definitionErrors.invalid(`dataset ${id}: ${path} cannot be read, ${what}`, {
    facts: { dataset: id, path },
    next: 'Declare the value once, as jsonb() where its inside is wanted too, or correct the path under at.',
  })

const valueAt = (from: string, keys: readonly string[]): string => [from, ...keys.map(quoteIdentifier)].join('.')

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** The value of a field in the column's type, NULL where it is null; anything else that it cannot hold is an error with the value in it. */
function columnSql(id: string, { name, column }: Field, raw: string): string {
  const { type, notNull, oneOf } = column
  const fail = (what: string): string => `error(${quoteLiteral(`${id}: ${name} `)} || ${what})`
  const cast = dialect.conversion(type, type.kind === 'json' ? 'JSON' : 'VARCHAR', raw)?.value ?? raw
  const isText = type.kind === 'text' || type.kind === 'json'
  const missing = notNull ? `WHEN ${raw} IS NULL THEN ${fail(quoteLiteral('is null, which it is declared not to be'))} ` : ''
  const shown = `'is "' || left(${raw}, 100) || '", which is not`
  const listed =
    oneOf === undefined ? '' : `WHEN ${raw} NOT IN (${oneOf.map(quoteLiteral).join(', ')}) THEN ${fail(`${shown} among its values'`)} `
  const wrong = isText
    ? ''
    : `WHEN ${raw} IS NOT NULL AND ${cast} IS NULL THEN ${fail(`${shown} a ${duckdbType(type)}: declare it as text, and let the model judge it'`)} `
  const cases = missing + listed + wrong
  return `${cases === '' ? cast : `CASE ${cases}ELSE ${cast} END`} AS ${quoteIdentifier(name)}`
}
