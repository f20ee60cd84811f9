import type { Queryable } from '../../connection.ts'
import { quoteLiteral } from '../../identifiers.ts'
import { type Access, accessSql, commentStatements, grantStatements, ownerStatements, type Right, rightsSql } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'
import { granting } from './functions.ts'
import { sequenceOptions } from './sequences.ts'

interface Column {
  readonly name: string
  readonly type: string
  readonly collation: string | null
  readonly isLocal: boolean
  readonly notNull: string | null
  readonly generated: '' | 's' | 'v'
  readonly default: string | null
  readonly identity: { readonly mode: 'a' | 'd'; readonly sequence: string; readonly options: string } | null
  readonly storage: string | null
  readonly compression: string | null
  readonly statistics: number | null
  readonly options: readonly string[] | null
}

interface Found extends Access {
  readonly oid: string
  readonly name: string
  readonly persistence: 'p' | 'u'
  readonly options: readonly string[] | null
  readonly partitionBy: string | null
  readonly parents: readonly { readonly oid: string; readonly name: string }[]
  readonly bound: string | null
  readonly checks: readonly { readonly name: string; readonly def: string; readonly comment: string | null }[]
  readonly columns: readonly Column[]
  readonly alias: readonly string[]
  readonly rowSecurity: boolean
  readonly forceRowSecurity: boolean
  readonly identity: 'd' | 'n' | 'f' | 'i'
}

/** Tables, those that are partitioned and their partitions included. */
export async function tables(reading: Reading): Promise<Item[]> {
  const { session, bootstrap } = reading
  const found = await session.query<Found>(tablesSql(reading))
  const comments = await columnComments(session, ['r', 'p'])
  const rights = await columnRights(reading, ['r', 'p'])
  return found.flatMap((each): Item[] => {
    const id = `pg_class:${each.oid}`
    const target = `table ${each.name}`
    const made: Item = {
      id,
      kind: 'table',
      name: each.name,
      section: 'before',
      alias: each.alias,
      needs: each.parents.map(({ oid }) => `pg_class:${oid}`),
      statements: [
        createTable(each),
        ...ownerStatements(target, each, bootstrap),
        ...columnStatements(each),
        ...(each.bound === null ? [] : [`alter table only ${each.parents[0]?.name} attach partition ${each.name} ${each.bound}`]),
        ...(each.rowSecurity ? [`alter table ${each.name} enable row level security`] : []),
        ...(each.forceRowSecurity ? [`alter table only ${each.name} force row level security`] : []),
        ...(each.identity === 'f' || each.identity === 'n'
          ? [`alter table only ${each.name} replica identity ${each.identity === 'f' ? 'full' : 'nothing'}`]
          : []),
        ...commentStatements(target, each.comment),
        ...each.checks.flatMap(({ name, comment }) => commentStatements(`constraint ${name} on ${each.name}`, comment)),
        ...(comments.get(each.oid) ?? []),
      ],
    }
    return [made, ...granting(id, each.name, [...grantStatements(target, each, bootstrap), ...(rights.get(each.oid) ?? [])])]
  })
}

function createTable(table: Found): string {
  const { parents, bound, partitionBy } = table
  // A partition has columns and checks of its own, and is attached; what is inherited otherwise comes with the parents.
  const columns = table.columns.filter(({ isLocal }) => isLocal || bound !== null)
  const lines = [...columns.map(columnLine), ...table.checks.map(({ name, def }) => `constraint ${name} ${def}`)]
  const inherits = parents.length > 0 && bound === null ? ` inherits (${parents.map(({ name }) => name).join(', ')})` : ''
  const body = lines.length === 0 ? '()' : `(\n  ${lines.join(',\n  ')}\n)`
  const options = table.options === null || table.options.length === 0 ? '' : ` with (${table.options.join(', ')})`
  const unlogged = table.persistence === 'u' ? 'unlogged ' : ''
  return `create ${unlogged}table ${table.name} ${body}${inherits}${partitionBy === null ? '' : ` partition by ${partitionBy}`}${options}`
}

function columnLine(column: Column): string {
  const value =
    column.default === null
      ? ''
      : column.generated === ''
        ? ` default ${column.default}`
        : ` generated always as (${column.default}) ${column.generated === 's' ? 'stored' : 'virtual'}`
  return `${column.name} ${column.type}${column.collation === null ? '' : ` collate ${column.collation}`}${value}${column.notNull ?? ''}`
}

const storages: Readonly<Record<string, string>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' }

const columnStatements = ({ name: table, columns }: Found): string[] =>
  columns.flatMap(({ name, identity, storage, compression, statistics, options }) => {
    const column = `alter table only ${table} alter column ${name}`
    return [
      ...(identity === null
        ? []
        : [
            `alter table ${table} alter column ${name} add generated ${identity.mode === 'a' ? 'always' : 'by default'} as identity (sequence name ${identity.sequence} ${identity.options})`,
          ]),
      ...(storage === null ? [] : [`${column} set storage ${storages[storage]}`]),
      ...(compression === null ? [] : [`${column} set compression ${compression}`]),
      ...(statistics === null ? [] : [`${column} set statistics ${statistics}`]),
      ...(options === null ? [] : [`${column} set (${options.join(', ')})`]),
    ]
  })

/** PostgreSQL 18 names the constraint behind NOT NULL; a name of one's own is kept. Older servers take the words and forget the name. */
function notNullSql(version: number): string {
  if (version < 180_000) return `case when a.attnotnull then ' not null' end`
  return `(select case when k.convalidated then
      case when k.conname = left(c.relname || '_' || a.attname || '_not_null', 63) then '' else ' constraint ' || quote_ident(k.conname) end
        || ' not null' || case when k.connoinherit then ' no inherit' else '' end end
    from pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey = array[a.attnum])`
}

const tablesSql = ({ version }: Reading): string => `
select c.oid::text as oid, c.oid::regclass::text as name, c.relpersistence as persistence,
  c.reloptions || array(select 'toast.' || o from pg_class t, unnest(t.reloptions) o where t.oid = c.reltoastrelid) as options,
  pg_get_partkeydef(c.oid) as "partitionBy", pg_get_expr(c.relpartbound, c.oid) as bound,
  coalesce((select json_agg(json_build_object('oid', inhparent::text, 'name', inhparent::regclass::text) order by inhseqno)
    from pg_inherits where inhrelid = c.oid), '[]') as parents,
  c.relrowsecurity as "rowSecurity", c.relforcerowsecurity as "forceRowSecurity", c.relreplident as identity,
  coalesce((select json_agg(json_build_object('name', quote_ident(conname), 'def', pg_get_constraintdef(k.oid),
      'comment', obj_description(k.oid, 'pg_constraint')) order by conname)
    from pg_constraint k where conrelid = c.oid and contype = 'c' and (conislocal or c.relispartition)
      and convalidated), '[]') as checks,
  array(select 'pg_constraint:' || oid from pg_constraint where conrelid = c.oid and (contype = 'n' or contype = 'c' and convalidated))
    || array(select 'pg_attrdef:' || oid from pg_attrdef where adrelid = c.oid)
    || array(select 'pg_type:' || oid from pg_type where typrelid = c.oid)
    || array(select 'pg_type:' || a.oid from pg_type a join pg_type r on a.typelem = r.oid where r.typrelid = c.oid)
    || array(select 'pg_class:' || objid from pg_depend where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
        and refobjid = c.oid and deptype = 'i') as alias,
  coalesce((select json_agg(json_build_object(
      'name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod), 'isLocal', a.attislocal,
      'collation', case when a.attcollation <> 0 and a.attcollation <> t.typcollation then
        (select quote_ident(n.nspname) || '.' || quote_ident(o.collname) from pg_collation o join pg_namespace n on n.oid = o.collnamespace where o.oid = a.attcollation) end,
      'notNull', ${notNullSql(version)}, 'generated', a.attgenerated, 'default', pg_get_expr(d.adbin, d.adrelid),
      'identity', case when a.attidentity <> '' then (select json_build_object('mode', a.attidentity, 'sequence', s.seqrelid::regclass::text,
          'options', ${sequenceOptions})
        from pg_sequence s where s.seqrelid = pg_get_serial_sequence(c.oid::regclass::text, a.attname)::regclass) end,
      'storage', case when a.attstorage <> t.typstorage then a.attstorage end,
      'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
      'statistics', case when a.attstattarget >= 0 then a.attstattarget end, 'options', a.attoptions) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
  ${accessSql({ acl: 'c.relacl', type: 'r', owner: 'c.relowner', oid: 'c.oid', catalogue: 'pg_class' })}
from pg_class c where c.relkind in ('r', 'p') and ${ofUsers('c', 'pg_class', 'c.relnamespace')} order by c.relispartition, c.oid`

/** `comment on column`, by the oid of their relation. */
export async function columnComments(session: Queryable, kinds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await session.query<{ oid: string; column: string; comment: string }>(
    `select c.oid::text as oid, c.oid::regclass::text || '.' || quote_ident(a.attname) as column, d.description as comment
     from pg_description d join pg_class c on c.oid = d.objoid join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid
     where d.classoid = 'pg_class'::regclass and d.objsubid > 0 and c.relkind::text = any($1) and not a.attisdropped order by c.oid, a.attnum`,
    [kinds],
  )
  return grouped(found, ({ column, comment }) => [`comment on column ${column} is ${quoteLiteral(comment)}`])
}

/** Rights on single columns, by the oid of their relation. */
export async function columnRights(
  { session, bootstrap }: Reading,
  kinds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await session.query<{ oid: string; name: string; column: string; acl: readonly Right[] }>(
    `select c.oid::text as oid, c.oid::regclass::text as name, quote_ident(attname) as column, ${rightsSql('x.attacl')} as acl
     from pg_attribute x join pg_class c on c.oid = x.attrelid
     where x.attacl is not null and x.attnum > 0 and not x.attisdropped and c.relkind::text = any($1)
       and ${ofUsers('c', 'pg_class', 'c.relnamespace')} order by c.oid, x.attnum`,
    [kinds],
  )
  return grouped(found, ({ name, column, acl }) => grantStatements(`table ${name}`, { acl, usual: [] }, bootstrap, ` (${column})`))
}

function grouped<Row extends { readonly oid: string }>(rows: readonly Row[], statements: (row: Row) => readonly string[]) {
  const found = new Map<string, string[]>()
  for (const row of rows) found.set(row.oid, [...(found.get(row.oid) ?? []), ...statements(row)])
  return found
}
