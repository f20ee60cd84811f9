import { type Access, accessSql, commentStatements, grantStatements, ownerStatements } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'

interface Found extends Access {
  readonly oid: string
  readonly name: string
  readonly kind: 'f' | 'w' | 'p'
  readonly definition: string
}

const access = accessSql({ acl: 'p.proacl', type: 'f', owner: 'p.proowner', oid: 'p.oid', catalogue: 'pg_proc' })

/**
 * Functions, window functions and procedures; not those that the server makes for a range. Their bodies are not judged when they are made:
 * what they name may come later.
 */
export async function functions({ session, bootstrap }: Reading): Promise<Item[]> {
  const found = await session.query<Found>(`
    select p.oid::text as oid, p.oid::regprocedure::text as name, p.prokind as kind, pg_get_functiondef(p.oid) as definition, ${access}
    from pg_proc p where ${ofUsers('p', 'pg_proc', 'p.pronamespace')} and p.prokind in ('f', 'w', 'p')
      and not exists (select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i') order by p.oid`)
  return found
    .map((each) => {
      const target = `${each.kind === 'p' ? 'procedure' : 'function'} ${each.name}`
      return {
        id: `pg_proc:${each.oid}`,
        kind: 'function',
        name: each.name,
        section: 'before',
        statements: [each.definition.trimEnd(), ...ownerStatements(target, each, bootstrap), ...commentStatements(target, each.comment)],
        rights: grantStatements(target, each, bootstrap),
      }
    })
    .flatMap(({ rights, ...item }): Item[] => [item as Item, ...granting(item.id, item.name, rights)])
}

/** Rights on functions of the system that somebody gave or took. */
export async function systemFunctionRights({ session, bootstrap }: Reading): Promise<Item[]> {
  const found = await session.query<Found>(`
    select p.oid::text as oid, p.oid::regprocedure::text as name, ${access} from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proacl is not null and p.prokind in ('f', 'w', 'p')
      and p.proacl is distinct from coalesce((select i.initprivs from pg_init_privs i
        where i.classoid = 'pg_proc'::regclass and i.objoid = p.oid and i.objsubid = 0), acldefault('f', p.proowner))
    order by 2`)
  return found.flatMap((each) =>
    granting(`pg_proc:${each.oid}`, `pg_catalog.${each.name}`, grantStatements(`function pg_catalog.${each.name}`, each, bootstrap)),
  )
}

/** The rights of an object as an item of their own. */
export const granting = (id: string, name: string, statements: readonly string[]): Item[] =>
  statements.length === 0 ? [] : [{ id: `grants:${id}`, kind: 'grants', name, section: 'grants', statements, needs: [id] }]
