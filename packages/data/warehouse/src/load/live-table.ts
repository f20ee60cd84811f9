import type { AnyDataset } from '@sluice/author'
import type { Queryable } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'

/** What the server says of a table before a load plans: in one question, since a small load is made of round trips. */
export interface LiveTable {
  /** Of the columns asked for that there are. A domain counts as what it is made of. */
  readonly types: readonly { readonly name: string; readonly type: string }[]
  readonly hasForeignKeys: boolean
}

interface LiveColumn {
  readonly name: string
  readonly type: string
  /** Its type did not come with the server, and may be a domain. */
  readonly isMade: boolean
  readonly hasForeignKeys: boolean
}

/** $1 the quoted table. Joining the types, and choosing the columns here, would take the server three times as long: it is planning. */
const aboutTable = `
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.atttypid >= 16384 as "isMade",
  exists (select from pg_constraint where conrelid = to_regclass($1) and contype = 'f') as "hasForeignKeys"
from pg_attribute a where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`

/** $1 the quoted table: its columns whose type is a domain. */
const ofDomains = `
select a.attname as name, format_type(t.typbasetype, t.typtypmod) as type
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass($1) and not a.attisdropped and t.typtype = 'd'`

/** No columns and no keys where there is no such table. */
export async function liveTable(db: Queryable, table: AnyDataset, columns: readonly string[]): Promise<LiveTable> {
  const name = quoteTable(table.name)
  const all = await db.query<LiveColumn>(aboutTable, [name])
  const asked = all.filter((column) => columns.includes(column.name))
  const domains = asked.some(({ isMade }) => isMade) ? await db.query<{ name: string; type: string }>(ofDomains, [name]) : []
  const types = asked.map(({ name, type }) => domains.find((domain) => domain.name === name) ?? { name, type })
  return { types, hasForeignKeys: all[0]?.hasForeignKeys ?? false }
}
