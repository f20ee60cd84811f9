import { type Access, accessSql, commentStatements, grantStatements, ownerStatements } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'
import { granting } from './functions.ts'
import { columnComments, columnRights } from './tables.ts'

interface Found extends Access {
  readonly oid: string
  readonly name: string
  readonly kind: 'v' | 'm'
  readonly definition: string
  readonly options: readonly string[] | null
  readonly isPopulated: boolean
  readonly alias: readonly string[]
  readonly defaults: readonly { readonly column: string; readonly expression: string }[]
}

/** Views, and materialized views, whose rows are made anew at the end: that needs their owner's rights. */
export async function views(reading: Reading): Promise<Item[]> {
  const { session, bootstrap } = reading
  const found = await session.query<Found>(`
    select c.oid::text as oid, c.oid::regclass::text as name, c.relkind as kind, pg_get_viewdef(c.oid) as definition,
      c.reloptions as options, c.relispopulated as "isPopulated",
      array(select 'pg_rewrite:' || oid from pg_rewrite where ev_class = c.oid and rulename = '_RETURN')
        || array(select 'pg_type:' || oid from pg_type where typrelid = c.oid)
        || array(select 'pg_type:' || a.oid from pg_type a join pg_type r on a.typelem = r.oid where r.typrelid = c.oid) as alias,
      coalesce((select json_agg(json_build_object('column', quote_ident(attname), 'expression', pg_get_expr(adbin, adrelid)) order by adnum)
        from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum where adrelid = c.oid), '[]') as defaults,
      ${accessSql({ acl: 'c.relacl', type: 'r', owner: 'c.relowner', oid: 'c.oid', catalogue: 'pg_class' })}
    from pg_class c where c.relkind in ('v', 'm') and ${ofUsers('c', 'pg_class', 'c.relnamespace')} order by c.oid`)
  const comments = await columnComments(session, ['v', 'm'])
  const rights = await columnRights(reading, ['v', 'm'])
  return found.flatMap((each): Item[] => {
    const id = `pg_class:${each.oid}`
    const isView = each.kind === 'v'
    const target = `${isView ? 'view' : 'materialized view'} ${each.name}`
    const options = each.options === null ? '' : ` with (${each.options.join(', ')})`
    const definition = each.definition.trimEnd().replace(/;$/, '')
    const made: Item = {
      id,
      kind: isView ? 'view' : 'materialized view',
      name: each.name,
      section: 'before',
      alias: each.alias,
      statements: [
        `create ${target}${options} as\n${definition}${isView ? '' : '\nwith no data'}`,
        ...each.defaults.map(({ column, expression }) => `alter view ${each.name} alter column ${column} set default ${expression}`),
        ...ownerStatements(target, each, bootstrap),
        ...commentStatements(target, each.comment),
        ...(comments.get(each.oid) ?? []),
      ],
    }
    const refreshed: Item[] =
      isView || !each.isPopulated
        ? []
        : [{ id: `refresh:${each.oid}`, kind: 'refresh', name: each.name, section: 'last', statements: [`refresh ${target}`], needs: [id] }]
    return [
      made,
      ...granting(id, each.name, [...grantStatements(`table ${each.name}`, each, bootstrap), ...(rights.get(each.oid) ?? [])]),
      ...refreshed,
    ]
  })
}
