import { type Access, accessSql, commentStatements, grantStatements, ownerStatements } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'
import { granting } from './functions.ts'

interface Found extends Access {
  readonly oid: string
  readonly name: string
  readonly persistence: 'p' | 'u'
  readonly options: string
  /** The column of a table that it goes with. */
  readonly column: string | null
  readonly table: string | null
}

/** `start with` and the rest of `create sequence`. Of the row `s` of `pg_sequence`. */
export const sequenceOptions = `format('increment by %s minvalue %s maxvalue %s start with %s cache %s %s',
  s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then 'cycle' else 'no cycle' end)`

/** Those that are not the identity of a column. */
export async function sequences({ session, bootstrap }: Reading): Promise<Item[]> {
  const found = await session.query<Found>(`
    select c.oid::text as oid, c.oid::regclass::text as name, c.relpersistence as persistence,
      'as ' || format_type(s.seqtypid, null) || ' ' || ${sequenceOptions} as options,
      (select d.refobjid::regclass::text || '.' || quote_ident(a.attname) from pg_attribute a where a.attrelid = d.refobjid and a.attnum = d.refobjsubid) as column,
      d.refobjid::text as table,
      ${accessSql({ acl: 'c.relacl', type: 's', owner: 'c.relowner', oid: 'c.oid', catalogue: 'pg_class' })}
    from pg_class c join pg_sequence s on s.seqrelid = c.oid
      left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    where ${ofUsers('c', 'pg_class', 'c.relnamespace')} and coalesce(d.deptype, 'n') <> 'i' order by c.oid`)
  return found.flatMap((each): Item[] => {
    const id = `pg_class:${each.oid}`
    const target = `sequence ${each.name}`
    const unlogged = each.persistence === 'u' ? 'unlogged ' : ''
    const made: Item = {
      id,
      kind: 'sequence',
      name: each.name,
      section: 'before',
      // Its column needs it, for its default.
      ignores: 'tables',
      statements: [
        `create ${unlogged}${target} ${each.options}`,
        ...ownerStatements(target, each, bootstrap),
        ...commentStatements(target, each.comment),
      ],
    }
    const owned: Item[] =
      each.column === null
        ? []
        : [
            {
              id: `owned:${id}`,
              kind: 'sequence',
              name: each.name,
              section: 'before',
              statements: [`alter ${target} owned by ${each.column}`],
              needs: [id, `pg_class:${each.table}`],
            },
          ]
    return [made, ...owned, ...granting(id, each.name, grantStatements(target, each, bootstrap))]
  })
}
