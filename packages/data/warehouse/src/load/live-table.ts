import type { AnyDataset } from '@sluice/author'
import type { Queryable } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'

/** What the server says of a table before a load plans: in one question, since a small load is made of round trips. */
export interface LiveTable {
  /** Of the columns asked for that there are. A domain counts as what it is made of. */
  readonly types: readonly { readonly name: string; readonly type: string }[]
  readonly hasForeignKeys: boolean
}

/** $1 the quoted table, $2 its columns. */
const aboutTable = `
select
  coalesce((
    select json_agg(json_build_object('name', a.attname, 'type',
      case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass($1) and a.attname = any($2::text[]) and not a.attisdropped
  ), '[]') as types,
  exists (select from pg_constraint where conrelid = to_regclass($1) and contype = 'f') as "hasForeignKeys"`

/** No columns and no keys where there is no such table. */
export async function liveTable(db: Queryable, table: AnyDataset, columns: readonly string[]): Promise<LiveTable> {
  const [about] = await db.query<LiveTable>(aboutTable, [quoteTable(table.name), columns])
  return about ?? { types: [], hasForeignKeys: false }
}
