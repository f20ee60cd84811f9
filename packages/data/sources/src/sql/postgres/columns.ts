import { type Connection, eachRow, toFault } from '@sluice/postgres'
import { sourceErrors } from '../../errors.ts'
import type { DatabaseColumn } from '../database.ts'

/** What its values are: how they are spelled depends on it. */
export interface PostgresColumn extends DatabaseColumn {
  readonly base: string
  readonly kind: 'plain' | 'nested'
}

/** Columns of a SELECT, without running it. @throws `source.sql` */
export async function columnsOf(tx: Connection, source: string, select: string): Promise<readonly PostgresColumn[]> {
  const text = `select * from ${select} limit 0`
  const { fields } = await eachRow(tx, { text, values: [] }, { onRow: () => true, mostBytes: Number.POSITIVE_INFINITY }).catch(
    (thrown: unknown) => {
      throw unreadable(source, thrown, text)
    },
  )
  const twice = fields.find(({ name }, at) => fields.findIndex((other) => other.name === name) !== at)
  if (twice !== undefined) {
    throw sourceErrors.sql(`sqlSource ${source}: its query gives two columns named "${twice.name}"`, {
      facts: { source, column: twice.name },
      next: 'Name one of them otherwise: select a.id, b.id as other_id ...',
    })
  }
  const types = await tx.query<TypeRow>(typesOf, [[...new Set(fields.map(({ dataTypeID }) => dataTypeID))]])
  const names = await tx.query<{ type: string }>(
    'select format_type(oid, nullif(typmod, -1)) as type from unnest($1::oid[], $2::int[]) with ordinality as f (oid, typmod, at) order by at',
    [fields.map(({ dataTypeID }) => dataTypeID), fields.map(({ dataTypeModifier }) => dataTypeModifier)],
  )
  return fields.map(({ name, dataTypeID, tableID, columnID }, at) => {
    const base = types.find(({ of }) => of === dataTypeID)
    const isNested = base?.category === 'A' || base?.type === 'c' || base?.name === 'record'
    return {
      name,
      type: names[at]?.type ?? 'text',
      id: `${tableID}.${columnID}`,
      base: base?.name ?? 'text',
      kind: isNested ? 'nested' : 'plain',
    }
  })
}

/** The description of a row names what lies below a domain, so that none is met here. */
const typesOf = `
select oid::int8 as of, typname::text as name, typtype::text as type, typcategory::text as category
from pg_catalog.pg_type where oid = any ($1::oid[])`

interface TypeRow {
  readonly of: number
  readonly name: string
  readonly type: string
  readonly category: string
}

/** What the database refuses of the source itself is the author's to correct; what else fails stays what it is. */
export function unreadable(source: string, thrown: unknown, statement: string): unknown {
  const fault = toFault(thrown, statement)
  const { sqlstate } = fault.facts
  if (typeof sqlstate !== 'string' || !/^(?:42|22|0A|25006)/.test(sqlstate)) return fault
  return sourceErrors.sql(`sqlSource ${source}: ${fault.message}`, {
    facts: { source, sqlstate },
    cause: thrown,
    next:
      sqlstate === '42501'
        ? 'Grant the role of the connection SELECT on what the source reads.'
        : 'Correct the table or the query of the source, or what it reads; it may read only.',
  })
}
