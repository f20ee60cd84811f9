import { commentStatements } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'

interface Found {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly statements: readonly (string | null)[]
  readonly target: string
  readonly comment: string | null
  readonly tables: readonly string[]
  readonly alias: readonly string[] | null
}

/** What stands over tables and is made when their rows are there, by one query a kind. */
export async function overTables({ session, version }: Reading): Promise<Item[]> {
  const kinds = [constraints, indexes, attached, clustered, lateNotNulls(version), statistics, rules, triggers, policies]
  const found: Found[] = []
  for (const sql of kinds) if (sql !== '') found.push(...(await session.query<Found>(sql)))
  return found.map(({ id, kind, name, statements, target, comment, tables, alias }) => ({
    id,
    kind,
    name,
    section: 'after',
    tables,
    alias: alias ?? [],
    needs: tables,
    statements: [...statements.filter((each) => each !== null), ...commentStatements(target, comment)],
  }))
}

const table = (oid: string): string => `array['pg_class:' || ${oid}]`

/** Keys before what is faster once they are there. A foreign key locks both of its tables. Those of partitions come with their parent's. */
const constraints = `
select 'pg_constraint:' || k.oid as id, case k.contype when 'f' then 'foreign key' else 'constraint' end as kind,
  t.oid::regclass::text || '.' || quote_ident(k.conname) as name,
  array[format('alter table %s%s add constraint %I %s', case when k.contype = 'f' and t.relkind = 'p' then '' else 'only ' end,
    t.oid::regclass, k.conname, pg_get_constraintdef(k.oid))] as statements,
  format('constraint %I on %s', k.conname, t.oid::regclass) as target, obj_description(k.oid, 'pg_constraint') as comment,
  case when k.confrelid in (0, t.oid) then ${table('t.oid')} else ${table('t.oid')} || ${table('k.confrelid')} end as tables,
  case when k.contype = 'f' then null else array['pg_class:' || k.conindid] end as alias
from pg_constraint k join pg_class t on t.oid = k.conrelid
where ${ofUsers('t', 'pg_class', 't.relnamespace')} and t.relkind in ('r', 'p')
  and (k.contype in ('p', 'u', 'x') or k.contype = 'f' and k.conparentid = 0 or k.contype = 'c' and not k.convalidated and (k.conislocal or t.relispartition))
order by array_position(array['p', 'u', 'x', 'c', 'f']::"char"[], k.contype), k.oid`

/** A NOT NULL that was never validated (PostgreSQL 18). */
const lateNotNulls = (version: number): string =>
  version < 180_000
    ? ''
    : `
select 'late:' || k.oid as id, 'constraint' as kind, t.oid::regclass::text || '.' || quote_ident(k.conname) as name,
  array[format('alter table only %s add constraint %I %s', t.oid::regclass, k.conname, pg_get_constraintdef(k.oid))] as statements,
  '' as target, null as comment, ${table('t.oid')} as tables, null as alias
from pg_constraint k join pg_class t on t.oid = k.conrelid
where ${ofUsers('t', 'pg_class', 't.relnamespace')} and k.contype = 'n' and not k.convalidated and (k.conislocal or t.relispartition) order by k.oid`

const indexes = `
select 'pg_class:' || i.indexrelid as id, 'index' as kind, i.indexrelid::regclass::text as name,
  array[pg_get_indexdef(i.indexrelid)] as statements,
  'index ' || i.indexrelid::regclass as target, obj_description(i.indexrelid, 'pg_class') as comment, ${table('t.oid')} as tables, null as alias
from pg_index i join pg_class t on t.oid = i.indrelid
where ${ofUsers('t', 'pg_class', 't.relnamespace')} and t.relkind in ('r', 'p', 'm')
  and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
order by i.indexrelid`

/** The index of a partition becomes a part of that of its parent. */
const attached = `
select 'attach:' || h.inhrelid as id, 'index' as kind, h.inhrelid::regclass::text as name,
  array[format('alter index %s attach partition %s', h.inhparent::regclass, h.inhrelid::regclass)] as statements,
  '' as target, null as comment, array['pg_class:' || h.inhrelid, 'pg_class:' || h.inhparent] as tables, null as alias
from pg_inherits h join pg_class c on c.oid = h.inhrelid
where c.relkind in ('i', 'I') and ${ofUsers('c', 'pg_class', 'c.relnamespace')} order by h.inhrelid`

const clustered = `
select 'marked:' || i.indexrelid as id, 'index' as kind, i.indexrelid::regclass::text as name,
  array[case when i.indisclustered then format('alter table %s cluster on %I', t.oid::regclass, c.relname) end,
    case when i.indisreplident then format('alter table only %s replica identity using index %I', t.oid::regclass, c.relname) end] as statements,
  '' as target, null as comment, array['pg_class:' || i.indexrelid, 'pg_class:' || t.oid] as tables, null as alias
from pg_index i join pg_class t on t.oid = i.indrelid join pg_class c on c.oid = i.indexrelid
where (i.indisclustered or i.indisreplident) and ${ofUsers('t', 'pg_class', 't.relnamespace')} order by i.indexrelid`

const statistics = `
select 'pg_statistic_ext:' || s.oid as id, 'statistics' as kind, quote_ident(s.stxname) as name,
  array[pg_get_statisticsobjdef(s.oid), case when s.stxstattarget >= 0 then format('alter statistics %I.%I set statistics %s', n.nspname, s.stxname, s.stxstattarget) end,
    case when s.stxowner <> 10 then format('alter statistics %I.%I owner to %I', n.nspname, s.stxname, pg_get_userbyid(s.stxowner)) end] as statements,
  format('statistics %I.%I', n.nspname, s.stxname) as target, obj_description(s.oid, 'pg_statistic_ext') as comment, ${table('s.stxrelid')} as tables, null as alias
from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${ofUsers('s', 'pg_statistic_ext', 's.stxnamespace')} order by s.oid`

const rules = `
select 'pg_rewrite:' || r.oid as id, 'rule' as kind, t.oid::regclass::text || '.' || quote_ident(r.rulename) as name,
  array[rtrim(pg_get_ruledef(r.oid), ';'), case when r.ev_enabled <> 'O' then format('alter table %s %s rule %I', t.oid::regclass,
    case r.ev_enabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, r.rulename) end] as statements,
  format('rule %I on %s', r.rulename, t.oid::regclass) as target, obj_description(r.oid, 'pg_rewrite') as comment, ${table('t.oid')} as tables, null as alias
from pg_rewrite r join pg_class t on t.oid = r.ev_class
where r.rulename <> '_RETURN' and ${ofUsers('t', 'pg_class', 't.relnamespace')} order by r.oid`

/** Those of partitions come with their parent's. */
const triggers = `
select 'pg_trigger:' || g.oid as id, 'trigger' as kind, t.oid::regclass::text || '.' || quote_ident(g.tgname) as name,
  array[pg_get_triggerdef(g.oid), case when g.tgenabled <> 'O' then format('alter table %s %s trigger %I', t.oid::regclass,
    case g.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, g.tgname) end] as statements,
  format('trigger %I on %s', g.tgname, t.oid::regclass) as target, obj_description(g.oid, 'pg_trigger') as comment, ${table('t.oid')} as tables, null as alias
from pg_trigger g join pg_class t on t.oid = g.tgrelid
where not g.tgisinternal and g.tgparentid = 0 and ${ofUsers('t', 'pg_class', 't.relnamespace')} order by g.oid`

const policies = `
select 'pg_policy:' || p.oid as id, 'policy' as kind, t.oid::regclass::text || '.' || quote_ident(p.polname) as name,
  array[format('create policy %I on %s%s for %s to %s%s%s', p.polname, t.oid::regclass, case when p.polpermissive then '' else ' as restrictive' end,
    case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    (select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ') from unnest(p.polroles) r),
    ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')] as statements,
  format('policy %I on %s', p.polname, t.oid::regclass) as target, obj_description(p.oid, 'pg_policy') as comment, ${table('t.oid')} as tables, null as alias
from pg_policy p join pg_class t on t.oid = p.polrelid where ${ofUsers('t', 'pg_class', 't.relnamespace')} order by p.oid`
