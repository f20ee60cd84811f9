import type { Connection } from '@sluice/postgres'
import { postgresType } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import type { LoadPlan } from './plan.ts'
import { deletedBefore } from './receipts.ts'
import type { TableFacts } from './route.ts'
import { touchPrefix } from './touched.ts'

/** $1 the quoted table, $2 to $4 names, types and whether there must be a value. */
const aboutTable = `
select
  array(
    select d.name from unnest($2::text[], $3::text[], $4::boolean[]) as d (name, type, required)
    left join pg_attribute a on a.attrelid = c.oid and a.attname = d.name
    where format_type(a.atttypid, a.atttypmod) is distinct from d.type or (d.required and not a.attnotnull)
  ) as "otherColumns",
  array_remove(array[
    case when c.relkind <> 'r' then 'partitions' end,
    case when c.relrowsecurity then 'row security' end,
    case when exists (select from pg_rewrite where ev_class = c.oid) then 'rules' end,
    case when exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal and not starts_with(tgname, '${touchPrefix}')) then 'triggers' end,
    case when exists (select from pg_constraint where conrelid = c.oid and contype in ('u', 'p', 'x') and condeferrable)
      then 'keys that are checked at the end' end,
    case when exists (select from pg_constraint where conrelid = c.oid and contype = 'f' and (not convalidated or confmatchtype = 'f'))
      then 'foreign keys that a join does not check' end
  ], null) as obstacles,
  has_parameter_privilege('session_replication_role', 'set') as "mayDoWithoutTriggers"
from pg_class c where c.oid = $1::regclass`

export async function tableFacts(tx: Connection, { table, columns }: LoadPlan, dataset: string): Promise<TableFacts> {
  const [about] = await tx.query<Omit<TableFacts, 'limit'>>(aboutTable, [
    quoteTable(table.name),
    columns.map(({ name }) => name),
    columns.map(({ column }) => postgresType(column.type)),
    columns.map(({ required }) => required),
  ])
  const isOrdered = table.facts.keep !== undefined && columns.some(({ name }) => name === table.facts.order)
  const limit = isOrdered ? await deletedBefore(tx, dataset) : undefined
  return { ...(about ?? { otherColumns: [], obstacles: ['no name'], mayDoWithoutTriggers: false }), limit }
}
