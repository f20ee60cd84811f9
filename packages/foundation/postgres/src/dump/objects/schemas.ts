import { quoteIdentifier } from '../../identifiers.ts'
import { type Access, accessSql, commentStatements, grantStatements, ownerStatements } from '../access.ts'
import { type Item, ofUsers, type Reading } from '../item.ts'

interface Found extends Access {
  readonly oid: string
  readonly name: string
}

/** Rights on a schema come with it: whoever owns what is made in it needs them. */
export async function schemas({ session, bootstrap }: Reading): Promise<Item[]> {
  const found = await session.query<Found>(`
    select n.oid::text as oid, nspname as name,
      ${accessSql({ acl: 'nspacl', type: 'n', owner: 'nspowner', oid: 'n.oid', catalogue: 'pg_namespace' })}
    from pg_namespace n where ${ofUsers('n', 'pg_namespace', 'n.oid')} order by nspname`)
  const items = found.map((each): Item => {
    const target = `schema ${quoteIdentifier(each.name)}`
    return {
      id: `pg_namespace:${each.oid}`,
      kind: 'schema',
      name: each.name,
      section: 'before',
      statements: [
        each.name === 'public' ? 'create schema if not exists public' : `create ${target}`,
        ...ownerStatements(target, each, bootstrap),
        ...commentStatements(target, each.comment),
        ...grantStatements(target, each, bootstrap),
      ],
    }
  })
  const gone: Item = { id: 'public', kind: 'schema', name: 'public', section: 'before', statements: ['drop schema if exists public'] }
  return found.some(({ name }) => name === 'public') ? items : [gone, ...items]
}

export async function extensions({ session }: Reading): Promise<Item[]> {
  const found = await session.query<{ oid: number; name: string; schema: string; namespace: number }>(`
    select e.oid::text as oid, extname as name, extnamespace::regnamespace::text as schema, extnamespace::text as namespace
    from pg_extension e where extname <> 'plpgsql' order by e.oid`)
  return found.map(({ oid, name, schema, namespace }) => ({
    id: `pg_extension:${oid}`,
    kind: 'extension',
    name,
    section: 'before',
    statements: [`create extension if not exists ${quoteIdentifier(name)} with schema ${schema}`],
    needs: [`pg_namespace:${namespace}`],
  }))
}
