import { quoteLiteral } from '../../identifiers.ts'
import { type Access, accessSql, commentStatements, grantStatements, ownerStatements } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'

interface Found extends Access {
  readonly oid: string
  readonly relation: string
  readonly name: string
  readonly kind: 'e' | 'c' | 'd' | 'r'
  readonly labels: readonly string[]
  readonly attributes: readonly string[]
  readonly alias: readonly string[]
  readonly base: string
  readonly collation: string | null
  readonly notNull: boolean
  readonly default: string | null
  readonly constraints: readonly { readonly name: string; readonly def: string }[]
  readonly range: {
    readonly subtype: string
    readonly opclass: string
    readonly collation: string | null
    readonly diff: string | null
    readonly multirange: string
  } | null
}

const own = (collation: string, type: string): string => `
  case when ${collation} <> 0 and ${collation} <> (select b.typcollation from pg_type b where b.oid = ${type}) then
    (select quote_ident(cn.nspname) || '.' || quote_ident(co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace where co.oid = ${collation}) end`

/** Enums, composites, domains and ranges; not the types of rows, of arrays and of multiranges, which come with others. */
export async function types({ session, version, bootstrap }: Reading): Promise<Item[]> {
  const multirange = version >= 140_000 ? 'r.rngmultitypid::regtype::text' : 'null'
  const found = await session.query<Found>(`
    select t.oid::text as oid, t.typrelid::text as relation, t.oid::regtype::text as name, t.typtype as kind,
      array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder) as labels,
      array(select quote_ident(attname) || ' ' || format_type(atttypid, atttypmod) || coalesce(' collate ' || ${own('attcollation', 'atttypid')}, '')
        from pg_attribute where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped order by attnum) as attributes,
      array(select 'pg_constraint:' || oid from pg_constraint where contypid = t.oid) || ('pg_class:' || t.typrelid)
        || array(select 'pg_type:' || a.oid from pg_type a where a.typelem = t.oid and a.typcategory = 'A')
        || array(select 'pg_type:' || rngmultitypid from pg_range where rngtypid = t.oid) as alias,
      format_type(t.typbasetype, t.typtypmod) as base, ${own('t.typcollation', 't.typbasetype')} as collation, t.typnotnull as "notNull",
      coalesce(pg_get_expr(t.typdefaultbin, 0), case when t.typdefault is not null then quote_literal(t.typdefault) end) as default,
      coalesce((select json_agg(json_build_object('name', quote_ident(conname), 'def', pg_get_constraintdef(oid)) order by conname)
        from pg_constraint where contypid = t.oid and contype = 'c'), '[]') as constraints,
      (select json_build_object('subtype', format_type(r.rngsubtype, null), 'multirange', ${multirange}, 'collation', ${own('r.rngcollation', 'r.rngsubtype')},
          'diff', case when r.rngsubdiff <> 0 then r.rngsubdiff::regproc::text end,
          'opclass', (select quote_ident(n.nspname) || '.' || quote_ident(o.opcname) from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace where o.oid = r.rngsubopc))
        from pg_range r where r.rngtypid = t.oid) as range,
      ${accessSql({ acl: 't.typacl', type: 'T', owner: 't.typowner', oid: 't.oid', catalogue: 'pg_type' })}
    from pg_type t where ${ofUsers('t', 'pg_type', 't.typnamespace')}
      and (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and (select relkind from pg_class where oid = t.typrelid) = 'c')
    order by t.oid`)
  return found.map((each) => {
    const target = `${each.kind === 'd' ? 'domain' : 'type'} ${each.name}`
    return {
      id: `pg_type:${each.oid}`,
      kind: 'type',
      name: each.name,
      section: 'before',
      alias: each.alias.filter((id) => id !== 'pg_class:0'),
      statements: [
        create(each),
        ...ownerStatements(target, each, bootstrap),
        ...commentStatements(target, each.comment),
        ...grantStatements(`type ${each.name}`, each, bootstrap),
      ],
    }
  })
}

function create(type: Found): string {
  const { name, kind, range } = type
  if (kind === 'e') return `create type ${name} as enum (${type.labels.map(quoteLiteral).join(', ')})`
  if (kind === 'c') return `create type ${name} as (${type.attributes.join(', ')})`
  if (kind === 'r') {
    const options = [
      `subtype = ${range?.subtype}`,
      `subtype_opclass = ${range?.opclass}`,
      ...(range?.collation ? [`collation = ${range.collation}`] : []),
      ...(range?.diff ? [`subtype_diff = ${range.diff}`] : []),
      ...(range?.multirange ? [`multirange_type_name = ${range.multirange}`] : []),
    ]
    return `create type ${name} as range (${options.join(', ')})`
  }
  const parts = [
    ...(type.collation === null ? [] : [`collate ${type.collation}`]),
    ...(type.default === null ? [] : [`default ${type.default}`]),
    ...(type.notNull ? ['not null'] : []),
    ...type.constraints.map((each) => `constraint ${each.name} ${each.def}`),
  ]
  return `create domain ${name} as ${type.base} ${parts.join(' ')}`.trimEnd()
}
