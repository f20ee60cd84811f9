import type { Queryable } from '@sluice/postgres'
import { splitTableName } from '../ddl/names.ts'
import type { ColumnShape, IndexShape, ReferenceShape, TableShape } from '../ddl/shape.ts'
import { catalogueOf } from './catalogue.ts'

const tableStatement = `
select c.oid::text as oid, pg_get_userbyid(c.relowner) as owner, obj_description(c.oid, 'pg_class') as comment
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and c.relname = $2
  and n.oid = case when $1 = 'pg_temp' then pg_my_temp_schema() else to_regnamespace(quote_ident($1)) end`

const columnsStatement = `
select a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as "notNull",
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as "default",
  case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as generated,
  a.attidentity <> '' as identity,
  col_description(a.attrelid, a.attnum) as comment
from pg_attribute a
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum`

const indexesStatement = `
select c.relname as name, i.indisunique as unique, i.indisprimary as primary,
  exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x')) as "isConstraint",
  array(
    select a.attname::text from unnest(i.indkey::int2[]) with ordinality as k (attnum, ordinal)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where k.ordinal <= i.indnkeyatts
    order by k.ordinal
  ) as columns
from pg_index i
join pg_class c on c.oid = i.indexrelid
where i.indrelid = $1::oid and i.indisvalid and i.indpred is null and i.indexprs is null and not i.indisexclusion and not i.indnullsnotdistinct
order by c.relname collate "C"`

const referencesStatement = `
select k.conname as name, n.nspname || '.' || other.relname as "table",
  array(
    select a.attname::text from unnest(k.conkey) with ordinality as key (attnum, ordinal)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.attnum order by key.ordinal
  ) as columns,
  array(
    select a.attname::text from unnest(k.confkey) with ordinality as key (attnum, ordinal)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.attnum order by key.ordinal
  ) as "to",
  k.convalidated as "isValid",
  concat_ws(', ', 'on delete ' || (actions.names ->> k.confdeltype::text), 'on update ' || (actions.names ->> k.confupdtype::text),
    case when k.confmatchtype = 'f' then 'match full' end, case when not k.condeferrable then 'not deferrable' end,
    case when k.condeferred then 'initially deferred' end, case when not k.convalidated then 'not valid' end,
    case when pg_get_constraintdef(k.oid) ~ ' NOT ENFORCED$' then 'not enforced' end) as traits
from (select '{"r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}'::jsonb as names) actions, pg_constraint k
join pg_class other on other.oid = k.confrelid
join pg_namespace n on n.oid = other.relnamespace
where k.conrelid = $1::oid and k.contype = 'f'
order by k.conname collate "C"`

/** What the server has under that name, or undefined. `pg_temp.x` is a temporary table of the session. */
export async function describeTable(db: Queryable, name: string): Promise<TableShape | undefined> {
  const { schema, name: relation } = splitTableName(name)
  const [found] = await db.query<{ oid: string; owner: string; comment: string | null }>(tableStatement, [schema, relation])
  if (found === undefined) return undefined
  const columns = await db.query<ColumnShape>(columnsStatement, [found.oid])
  const indexes = await db.query<IndexShape & { primary: boolean }>(indexesStatement, [found.oid])
  const primaryKey = indexes.find(({ primary }) => primary)
  const objects = await catalogueOf(db, found.oid)
  return {
    name,
    columns,
    key: primaryKey?.columns ?? [],
    keyName: primaryKey?.name ?? null,
    indexes: indexes.filter(({ primary }) => !primary).map(({ primary: _, ...index }) => index),
    references: await referencesTo(db, found.oid),
    objects: objects.map(({ object }) => object),
    named: Object.fromEntries(objects.map(({ object, name, undo }) => [object, { name, undo }])),
    owner: found.owner,
    comment: found.comment,
  }
}

async function referencesTo(db: Queryable, oid: string, which: 'all' | 'valid' = 'all'): Promise<readonly ReferenceShape[]> {
  const found = await db.query<ReferenceShape & { isValid: boolean }>(referencesStatement, [oid])
  return found.filter(({ isValid }) => which === 'all' || isValid).map(({ isValid: _, ...reference }) => reference)
}

/** The foreign keys of a table that hold for all its rows, as the server has them; none where there is no such table. */
export async function foreignKeysOf(db: Queryable, name: string): Promise<readonly ReferenceShape[]> {
  const { schema, name: relation } = splitTableName(name)
  const [found] = await db.query<{ oid: string }>(tableStatement, [schema, relation])
  return found === undefined ? [] : await referencesTo(db, found.oid, 'valid')
}
