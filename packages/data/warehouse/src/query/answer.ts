import { type AnswerColumn, answered, type Columns, type ColumnType, type RowOf, refuseOtherColumns } from '@sluice/author'
import type { Connection, Queryable } from '@sluice/postgres'
import { jsonSafe } from './json-safe.ts'

/** What the server answered: its columns by oid, and the cells in their order. */
export interface Answer {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number; readonly dataTypeModifier: number }[]
  readonly rows: readonly (readonly unknown[])[]
}

/** The answer as rows of these columns. @throws `definition.invalid` where it gives others */
export async function rowsOf<C extends Columns>(tx: Connection, columns: C, { fields, rows }: Answer): Promise<readonly RowOf<C>[]> {
  refuseOtherColumns(columns, await columnsOf(tx, fields))
  return answered(
    columns,
    rows.map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, jsonSafe(row[index])]))),
  )
}

const typeNames = `
select format_type(type::oid, nullif(modifier, -1)) as name
from unnest($1::bigint[], $2::integer[]) with ordinality as column_type (type, modifier, ordinal) order by ordinal`

/** The types of columns, as the server spells them. */
export async function typeNamesOf(tx: Queryable, fields: Answer['fields']): Promise<readonly string[]> {
  const types = await tx.query<{ name: string }>(typeNames, [
    fields.map(({ dataTypeID }) => dataTypeID),
    fields.map(({ dataTypeModifier }) => dataTypeModifier),
  ])
  return types.map(({ name }) => name)
}

/** The server is asked for names of types only where one is not of those that columns have. */
async function columnsOf(tx: Connection, fields: Answer['fields']): Promise<readonly AnswerColumn[]> {
  const known = fields.map(({ name, dataTypeID }) => ({ name, ...types[dataTypeID] }))
  const names = known.some(({ type }) => type === undefined) ? await typeNamesOf(tx, fields) : []
  return known.map(({ name, type, gives = [] }, index) => ({ name, type: type ?? names[index] ?? 'unknown', gives }))
}

const giving = (type: string, ...gives: readonly ColumnType['kind'][]) => ({ type, gives })

/** By oid, which is the same in every server. */
const types: Readonly<Record<number, { readonly type: string; readonly gives: readonly ColumnType['kind'][] } | undefined>> = {
  16: giving('boolean', 'boolean'),
  19: giving('name', 'text'),
  20: giving('bigint', 'bigint'),
  21: giving('smallint', 'integer', 'bigint'),
  23: giving('integer', 'integer', 'bigint'),
  25: giving('text', 'text'),
  114: giving('json', 'json'),
  700: giving('real', 'double'),
  701: giving('double precision', 'double'),
  1042: giving('character', 'text'),
  1043: giving('character varying', 'text'),
  1082: giving('date', 'date'),
  // Which instant it is depends on the zone of whoever reads it.
  1114: giving('timestamp without time zone'),
  1184: giving('timestamp with time zone', 'timestamp'),
  1700: giving('numeric', 'decimal'),
  2950: giving('uuid', 'text'),
  3802: giving('jsonb', 'json'),
}
