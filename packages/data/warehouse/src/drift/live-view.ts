import type { Queryable } from '@sluice/postgres'
import { grantedOn } from '../ddl/grants.ts'
import { quoteTable } from '../ddl/names.ts'

/** A relation as the server has it. */
export interface LiveView {
  readonly name: string
  readonly kind: 'view' | 'materialized view' | 'other'
  /** What a view is, as the server spells it: its query and its indexes. */
  readonly state: string
  /** The statements that made it; undefined where no model did. */
  readonly statements: readonly string[] | undefined
  /** What the server said of it then. */
  readonly madeState: string | undefined
}

/** A view that reads another one, directly or not: those with more between come later. */
export type DependentView = LiveView

const described = `
select n.nspname || '.' || c.relname as name,
  case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'other' end as kind,
  concat(case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
    (select string_agg(E'\\n' || pg_get_indexdef(indexrelid), '' order by indexrelid::regclass::text collate "C") from pg_index where indrelid = c.oid),
    (select string_agg(E'\\n' || g.object, '' order by g.object collate "C") from (${grantedOn('c')}) g)) as state,
  v.statements, v.state as "madeState"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join public.sluice_views v on v.name = n.nspname || '.' || c.relname`

type Row = Omit<LiveView, 'statements' | 'madeState'> & {
  readonly statements: readonly string[] | null
  readonly madeState: string | null
}

const viewOf = ({ statements, madeState, ...row }: Row): LiveView => ({
  ...row,
  statements: statements ?? undefined,
  madeState: madeState ?? undefined,
})

/** Undefined where nothing has the name. */
export async function lookAtView(db: Queryable, name: string): Promise<LiveView | undefined> {
  return (await db.query<Row>(`${described} where c.oid = to_regclass($1)`, [quoteTable(name)])).map(viewOf)[0]
}

/** A view is rewritten by a rule, which depends on what the view reads. */
export async function dependentsOf(db: Queryable, name: string): Promise<readonly DependentView[]> {
  const rows = await db.query<Row>(
    `with recursive above (oid, far) as (
      select to_regclass($1)::oid, 0
      union
      select r.ev_class, above.far + 1 from above
      join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = above.oid and d.classid = 'pg_rewrite'::regclass
      join pg_rewrite r on r.oid = d.objid and r.ev_class <> above.oid
    )
    ${described} join (select oid, max(far) as far from above where far > 0 group by oid) a on a.oid = c.oid order by a.far, c.oid`,
    [quoteTable(name)],
  )
  return rows.map(viewOf)
}

/** Views that models have made and that are there: one that reads another comes first. */
export async function madeViews(db: Queryable): Promise<readonly LiveView[]> {
  const [table] = await db.query<{ found: boolean }>("select to_regclass('public.sluice_views') is not null as found")
  if (table?.found !== true) return []
  return (await db.query<Row>(`${described} where v.name is not null and c.relkind in ('v', 'm') order by c.oid desc`)).map(viewOf)
}
