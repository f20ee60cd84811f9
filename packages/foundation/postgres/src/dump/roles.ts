import { quoteIdentifier, quoteLiteral } from '../identifiers.ts'
import type { Reading } from './item.ts'

interface Found {
  readonly name: string
  readonly login: boolean
  readonly inherit: boolean
  readonly createDb: boolean
  readonly createRole: boolean
  readonly bypassRls: boolean
  readonly limit: number
  readonly superuser: boolean
  readonly replication: boolean
  readonly memberOf: readonly string[]
}

/** One role that a database names, as statements. */
export interface RoleItem {
  readonly name: string
  /** Makes it unless the server has it; one that is there stays as it is. */
  readonly create: string
  readonly memberships: readonly string[]
  /** Its password as the server keeps it (RFC 5803), where that may be read and is asked for. */
  readonly verifier: string | null
}

/**
 * The roles that own something in the database, may do something there, or have settings of their own, and those that they are members of.
 * Not those of the system, and not the one that made the cluster.
 */
export async function readRoles({ session }: Reading, options: { readonly passwords: boolean }): Promise<readonly RoleItem[]> {
  const found = await session.query<Found>(rolesSql)
  const [me] = await session.query<{ superuser: boolean }>('select rolsuper as superuser from pg_roles where rolname = current_user')
  const verifiers = new Map<string, string | null>()
  if (options.passwords && me?.superuser === true) {
    const rows = await session.query<{ name: string; verifier: string | null }>(
      'select rolname as name, rolpassword as verifier from pg_authid',
    )
    for (const { name, verifier } of rows) verifiers.set(name, verifier)
  }
  return found.map((role) => ({
    name: role.name,
    create: createRole(role),
    memberships: role.memberOf.map((of) => `grant ${quoteIdentifier(of)} to ${quoteIdentifier(role.name)}`),
    verifier: verifiers.get(role.name) ?? null,
  }))
}

function createRole(role: Found): string {
  const rights = [
    role.login ? 'login' : 'nologin',
    ...(role.inherit ? [] : ['noinherit']),
    ...(role.createDb ? ['createdb'] : []),
    ...(role.createRole ? ['createrole'] : []),
    ...(role.bypassRls ? ['bypassrls'] : []),
    ...(role.superuser ? ['superuser'] : []),
    ...(role.replication ? ['replication'] : []),
    ...(role.limit === -1 ? [] : [`connection limit ${role.limit}`]),
  ]
  const create = `create role ${quoteIdentifier(role.name)} ${rights.join(' ')}`
  const body = `begin if not exists (select from pg_roles where rolname = ${quoteLiteral(role.name)}) then ${create}; end if; end`
  return `do ${quoteLiteral(body)}`
}

const rolesSql = `
with recursive named as (
  select refobjid as oid from pg_shdepend
  where refclassid = 'pg_authid'::regclass and dbid = (select oid from pg_database where datname = current_database())
  union select refobjid from pg_shdepend
  where refclassid = 'pg_authid'::regclass and classid = 'pg_database'::regclass and objid = (select oid from pg_database where datname = current_database())
  union select datdba from pg_database where datname = current_database()
  union select setrole from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())
  union select m.roleid from pg_auth_members m join named on m.member = named.oid
)
select r.rolname as name, rolcanlogin as login, rolinherit as inherit, rolcreatedb as "createDb", rolcreaterole as "createRole",
  rolbypassrls as "bypassRls", rolconnlimit as limit, rolsuper as superuser, rolreplication as replication,
  array(select pg_get_userbyid(m.roleid)::text from pg_auth_members m where m.member = r.oid order by 1) as "memberOf"
from pg_roles r where r.oid in (select oid from named) and r.oid <> 10 and r.rolname !~ '^pg_' order by r.rolname`
