import type { Queryable } from '@sluice/postgres'
import { bodyIn, isPlainIndex } from '../ddl/index-text.ts'
import { isNamedIndex, splitTableName } from '../ddl/names.ts'
import type { ColumnShape, IndexShape, ReferenceShape, TableShape } from '../ddl/shape.ts'
import { catalogueOf } from './catalogue.ts'

const tableStatement = `
select c.oid::text as oid, asked.name, pg_get_userbyid(c.relowner) as owner, obj_description(c.oid, 'pg_class') as comment
from unnest($1::text[], $2::text[], $3::text[]) as asked (name, schema, relation)
join pg_class c on c.relname = asked.relation and c.relkind in ('r', 'p')
  and c.relnamespace = case when asked.schema = 'pg_temp' then pg_my_temp_schema() else to_regnamespace(quote_ident(asked.schema)) end`

const columnsStatement = `
select a.attrelid::text as relation, a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as "notNull",
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as "default",
  case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as generated,
  a.attidentity <> '' as identity,
  col_description(a.attrelid, a.attnum) as comment
from pg_attribute a
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attnum`

const indexesStatement = `
select i.indrelid::text as relation, c.relname as name, i.indisunique as unique, i.indisprimary as primary,
  exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x')) as "isConstraint",
  array(
    select a.attname::text from unnest(i.indkey::int2[]) with ordinality as k (attnum, ordinal)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where k.ordinal <= i.indnkeyatts
    order by k.ordinal
  ) as columns,
  pg_get_indexdef(c.oid) as def
from pg_index i
join pg_class c on c.oid = i.indexrelid
where i.indrelid = any ($1::oid[]) and i.indisvalid and not i.indisexclusion and not i.indnullsnotdistinct
order by c.relname collate "C"`

const referencesStatement = `
select k.conrelid::text as relation, k.conname as name, n.nspname || '.' || other.relname as "table",
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
where k.conrelid = any ($1::oid[]) and k.contype = 'f' and k.conparentid = 0
order by k.conname collate "C"`

/** What the server has under that name, or undefined. `pg_temp.x` is a temporary table of the session. */
export const describeTable = async (db: Queryable, name: string): Promise<TableShape | undefined> =>
  (await describeTables(db, [name])).get(name)

/** Those that are there, by the names that were asked for. As many statements as one takes. */
export async function describeTables(db: Queryable, names: readonly string[]): Promise<ReadonlyMap<string, TableShape>> {
  const found = await findTables(db, names)
  if (found.length === 0) return new Map()
  const oids = found.map(({ oid }) => oid)
  const columns = byRelation(await db.query<Of<ColumnShape>>(columnsStatement, [oids]))
  const indexes = byRelation(await db.query<Of<FoundIndex>>(indexesStatement, [oids]))
  const references = byRelation(await referencesTo(db, oids))
  const objects = Map.groupBy(await catalogueOf(db, oids), ({ relation }) => relation)
  return new Map(
    found.map(({ oid, name, owner, comment }) => {
      const ofTable = indexes.get(oid) ?? []
      const primaryKey = ofTable.find(({ primary }) => primary)
      const made = objects.get(oid) ?? []
      const shape: TableShape = {
        name,
        columns: columns.get(oid) ?? [],
        key: primaryKey?.columns ?? [],
        keyName: primaryKey?.name ?? null,
        indexes: ofTable.filter(({ primary }) => !primary).flatMap(saidByDataset),
        references: references.get(oid) ?? [],
        objects: made.map(({ object }) => object),
        named: Object.fromEntries(made.map(({ object, name: called, undo }) => [object, { name: called, undo }])),
        owner,
        comment,
      }
      return [name, shape]
    }),
  )
}

type FoundIndex = IndexShape & { readonly primary: boolean; readonly def: string }

/** Others are what a migration has made. */
function saidByDataset({ primary: _, def, ...index }: FoundIndex): IndexShape[] {
  if (isPlainIndex(def)) return [index]
  return isNamedIndex(index.name) ? [{ ...index, body: bodyIn(def) }] : []
}

interface FoundTable extends Record<string, unknown> {
  readonly oid: string
  /** As it was asked for. */
  readonly name: string
  readonly owner: string
  readonly comment: string | null
}

function findTables(db: Queryable, names: readonly string[]): Promise<FoundTable[]> {
  const parts = names.map(splitTableName)
  return db.query<FoundTable>(tableStatement, [names, parts.map(({ schema }) => schema), parts.map(({ name }) => name)])
}

type Of<T> = T & { relation: string }

function byRelation<T>(rows: readonly Of<T>[]): ReadonlyMap<string, T[]> {
  const groups = Map.groupBy(rows, ({ relation }) => relation)
  return new Map([...groups].map(([relation, ofTable]) => [relation, ofTable.map(({ relation: _, ...row }) => row as unknown as T)]))
}

async function referencesTo(
  db: Queryable,
  oids: readonly string[],
  which: 'all' | 'valid' = 'all',
): Promise<readonly Of<ReferenceShape>[]> {
  const found = await db.query<Of<ReferenceShape & { isValid: boolean }>>(referencesStatement, [oids])
  return found.filter(({ isValid }) => which === 'all' || isValid).map(({ isValid: _, ...reference }) => reference)
}

/** The foreign keys of a table that hold for all its rows, as the server has them; none where there is no such table. */
export async function foreignKeysOf(db: Queryable, name: string): Promise<readonly ReferenceShape[]> {
  const [found] = await findTables(db, [name])
  return found === undefined ? [] : (byRelation(await referencesTo(db, [found.oid], 'valid')).get(found.oid) ?? [])
}
