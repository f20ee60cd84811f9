import { randomBytes } from 'node:crypto'
import { configErrors, SluiceError } from '@sluice/core'
import {
  type Connection,
  ensureDatabase,
  ensureRole,
  quoteIdentifier,
  quoteLiteral,
  refuseUnfit,
  urlFor,
  withSession,
} from '@sluice/postgres'
import { inWarehouse } from '../fault.ts'
import { platformSchema } from '../platform-schema.ts'
import { closeFunctions } from './close-functions.ts'
import { type Caller, type FoundDatabase, planWarehouse, type WarehousePlan } from './plan.ts'

export interface PrepareOptions {
  /** A superuser's URL, or that of whoever administers the external server. */
  readonly adminUrl: string
  readonly database: string
  readonly project: string
  /** That of the sessions of people: `current_date` is the project's day. Default: the server's. */
  readonly timeZone?: string
  /** Kept by the caller in a 0600 file and given again at the next start; made when missing. */
  readonly passwords?: WarehousePasswords
}

export interface WarehousePasswords {
  readonly owner: string
  readonly reader: string
}

export interface PreparedWarehouse {
  /** Creates, migrates and loads. */
  readonly ownerUrl: string
  /** Selects only. */
  readonly readerUrl: string
  /** Missing when no roles could be made. */
  readonly passwords?: WarehousePasswords
  /** What could not be done and what that means, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * The database of a project with two roles: `<project>_owner` owns it and nothing else, `<project>_reader` may connect and select what the
 * owner has created or will create, in read-only transactions. May be called at each start, also by several processes at once, and takes up
 * what a start that failed has left. Whatever the URL of an external server may not do is in the plan and its notes.
 */
export async function prepareWarehouse(options: PrepareOptions): Promise<PreparedWarehouse> {
  const { adminUrl, database, project } = options
  const passwords = options.passwords ?? { owner: newPassword(), reader: newPassword() }
  const owner = { name: roleName(project, 'owner'), password: passwords.owner }
  const reader = { name: roleName(project, 'reader'), password: passwords.reader }
  return await inWarehouse(() =>
    withSession(adminUrl, async (admin) => {
      // Grants on one object by two sessions at once fail with "tuple concurrently updated".
      await admin.query("select pg_advisory_lock(hashtextextended('sluice prepare ' || $1, 0))", [database])
      const caller = await callerOf(admin)
      const plan = planWarehouse({ database, owner: owner.name, caller }, await findDatabase(admin, adminUrl, database))
      const url = (as: Role | undefined): string => urlFor(adminUrl, database, as && { user: as.name, password: as.password })
      const roles = { owner: plan.ownerRole ? owner : undefined, reader: plan.readerRole ? reader : undefined }
      if (roles.owner !== undefined) await makeOwner(admin, adminUrl, roles.owner, caller)
      if (roles.reader !== undefined) await ensureRole(adminUrl, roles.reader)
      if (plan.createDatabase) await ensureDatabase(adminUrl, database, roles.owner === undefined ? {} : { owner: roles.owner.name })
      const at = { admin, adminUrl, database }
      if (roles.owner !== undefined) await letIn(at, roles.owner.name)
      if (roles.reader !== undefined)
        await letRead(at, {
          ownerUrl: url(roles.owner),
          owner: (roles.owner ?? caller).name,
          reader: roles.reader.name,
          superuser: caller.superuser,
        })
      if (options.timeZone !== undefined) await setTimeZone(at, options.timeZone, roles.reader?.name)
      await withSession(url(roles.owner), (session) => session.query('select 1'))
      return { ownerUrl: url(roles.owner), readerUrl: url(roles.reader), ...kept(plan, passwords), notes: plan.notes }
    }),
  )
}

type Role = { readonly name: string; readonly password: string }

const kept = (plan: WarehousePlan, passwords: WarehousePasswords): { passwords?: WarehousePasswords } =>
  plan.ownerRole || plan.readerRole ? { passwords } : {}

/** Crypto-coincap's owner is `crypto_coincap_owner`. */
export const roleName = (project: string, role: 'owner' | 'reader'): string => `${project.replaceAll('-', '_')}_${role}`

async function callerOf(admin: Connection): Promise<Caller> {
  const [caller] = await admin.query<Caller & Record<string, unknown>>(
    `select rolname as name, rolsuper as superuser, rolcreaterole as "createRole", rolcreatedb as "createDb" from pg_roles where rolname = current_user`,
  )
  return caller as Caller
}

async function findDatabase(admin: Connection, adminUrl: string, database: string): Promise<FoundDatabase | undefined> {
  const [found] = await admin.query<{ owner: string; isCallers: boolean; mayConnect: boolean; mayCreate: boolean }>(
    `select pg_get_userbyid(datdba) as owner, pg_has_role(datdba, 'USAGE') as "isCallers",
       has_database_privilege(oid, 'CONNECT') as "mayConnect", has_database_privilege(oid, 'CREATE') as "mayCreate"
     from pg_database where datname = $1`,
    [database],
  )
  if (found === undefined) return undefined
  if (!found.mayConnect) return { ...found, mayCreate: false, tablesOwner: null }
  const url = urlFor(adminUrl, database)
  return await withSession(url, async (session) => {
    await refuseUnfit(url, session)
    const [schema] = await session.query<{ owner: string }>(
      'select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1',
      [platformSchema],
    )
    return { ...found, tablesOwner: schema?.owner ?? null }
  })
}

/**
 * A role with CREATEROLE has the administration of the roles that it makes, and nothing of their rights: to create a database for one, and
 * to grant in its place, it has to be a member.
 */
async function makeOwner(admin: Connection, adminUrl: string, owner: Role, caller: Caller): Promise<void> {
  await ensureRole(adminUrl, owner)
  if (caller.superuser) return
  const [member] = await admin.query<{ whole: boolean }>("select pg_has_role($1, 'USAGE') and pg_has_role($1, 'SET') as whole", [
    owner.name,
  ])
  if (member?.whole === true) return
  await admin.query(`grant ${quoteIdentifier(owner.name)} to current_user with inherit true, set true`)
}

interface At {
  readonly admin: Connection
  readonly adminUrl: string
  readonly database: string
}

/** The owner of the database may do all this already; in one that an administrator has made, the owner of the tables has to be let in. */
async function letIn({ admin, adminUrl, database }: At, owner: string): Promise<void> {
  const rights = ['CONNECT', 'CREATE', 'TEMPORARY']
  const on = quoteIdentifier(database)
  const [missing] = await admin.query<{ missing: string[] }>(
    'select array(select r from unnest($2::text[]) r where not has_database_privilege($1, $3, r)) as missing',
    [owner, rights, database],
  )
  if (missing !== undefined && missing.missing.length > 0) {
    await admin.query(`grant ${missing.missing.join(', ')} on database ${on} to ${quoteIdentifier(owner)}`)
  }
  await withSession(urlFor(adminUrl, database), async (session) => {
    const [schema] = await session.query<{ open: boolean }>("select has_schema_privilege($1, 'public', 'CREATE') as open", [owner])
    if (schema?.open !== true) await session.query(`grant usage, create on schema public to ${quoteIdentifier(owner)}`)
  })
}

interface Reading {
  readonly ownerUrl: string
  readonly owner: string
  readonly reader: string
  /** The caller is one, and may take rights on functions of the system. */
  readonly superuser: boolean
}

/** The reader selects what the owner has made and will make, and its transactions change nothing. */
async function letRead(at: At, of: Reading): Promise<void> {
  const { admin, adminUrl, database } = at
  const [on, reader] = [quoteIdentifier(database), quoteIdentifier(of.reader)]
  for (const [setting, value] of of.superuser ? [onlyReads, diskOfQuery] : [onlyReads]) {
    if (await isSet(at, of.reader, `${setting}=${value}`)) continue
    await admin.query(`alter role ${reader} in database ${on} set ${setting} = ${quoteLiteral(value)}`)
  }
  if (!(await mayConnect(admin, database, of.reader))) {
    if (!(await mayConnect(admin, database))) throw closedToReader(database, of.reader)
    await admin.query(`grant connect on database ${on} to ${reader}`)
  }
  await withSession(urlFor(adminUrl, database), async (session) => {
    const [schema] = await session.query<{ open: boolean }>("select has_schema_privilege($1, 'public', 'USAGE') as open", [of.reader])
    if (schema?.open !== true) await session.query(`grant usage on schema public to ${reader}`)
    if (of.superuser) await closeFunctions(session, of.owner)
  })
  await withSession(of.ownerUrl, async (owner) => {
    const own = await owner.query<{ statement: string }>(grantsOnOwn, [of.reader])
    for (const { statement } of own) await owner.query(statement)
    await owner.query(`alter default privileges grant usage on schemas to ${reader}`)
    await owner.query(`alter default privileges grant select on tables to ${reader}`)
  })
}

/** Whether the role may connect; without one, whether the caller may let others connect. */
async function mayConnect(admin: Connection, database: string, role?: string): Promise<boolean> {
  const [row] = await admin.query<{ may: boolean }>('select has_database_privilege(coalesce($1, current_user), $2, $3) as may', [
    role ?? null,
    database,
    role === undefined ? 'CONNECT WITH GRANT OPTION' : 'CONNECT',
  ])
  return row?.may === true
}

const closedToReader = (database: string, role: string): SluiceError =>
  configErrors.invalid(`${role} may not connect to the database ${database}`, {
    facts: { role, database },
    next: `As an administrator: grant connect on database ${quoteIdentifier(database)} to ${quoteIdentifier(role)}.`,
  })

const onlyReads = ['default_transaction_read_only', 'on'] as const
/** Sorts and joins of one query that outgrow the memory; without it they may fill the disk, of which the platform's database lives. */
const diskOfQuery = ['temp_file_limit', '2GB'] as const

/** Whether the role has the setting in this database. @param setting `name=value` */
async function isSet({ admin, database }: At, role: string, setting: string): Promise<boolean> {
  const [row] = await admin.query(
    `select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
     where s.setrole = $1::regrole and d.datname = $2 and $3 = any(s.setconfig)`,
    [quoteIdentifier(role), database, setting],
  )
  return row !== undefined
}

/** For whoever connects to the database, or, where that is somebody else's, for the reader. Sluice's own sessions say their zone. */
async function setTimeZone({ admin, database }: At, timeZone: string, reader: string | undefined): Promise<void> {
  const [of] = await admin.query<{ isCallers: boolean; zone: string | null }>(
    `select pg_has_role(datdba, 'USAGE') as "isCallers",
       (select substr(each, 10) from pg_db_role_setting s, unnest(s.setconfig) as each
        where s.setdatabase = d.oid and each ilike 'timezone=%'
          and s.setrole = case when pg_has_role(datdba, 'USAGE') then 0 else (select oid from pg_roles where rolname = $2) end) as zone
     from pg_database d where datname = $1`,
    [database, reader ?? null],
  )
  if (of === undefined || of.zone === timeZone || (!of.isCallers && reader === undefined)) return
  const on = quoteIdentifier(database)
  const whose = of.isCallers ? `database ${on}` : `role ${quoteIdentifier(reader ?? '')} in database ${on}`
  try {
    await admin.query(`alter ${whose} set timezone = ${quoteLiteral(timeZone)}`)
  } catch (error) {
    if (!(error instanceof SluiceError) || error.facts.sqlstate !== '22023') throw error
    throw configErrors.invalid(`the PostgreSQL server does not know the time zone ${timeZone}`, {
      facts: { timeZone },
      cause: error,
      next: 'Name one that it knows (select name from pg_timezone_names) as timeZone of the project, or update the server.',
    })
  }
}

/** $1 the reader: the grants that what the owner has made still needs. */
const grantsOnOwn = `
select format('grant usage on schema %I to %I', nspname, $1::text) as statement from pg_namespace
where pg_has_role(nspowner, 'USAGE') and nspname !~ '^pg_' and nspname <> 'information_schema' and not has_schema_privilege($1, oid, 'USAGE')
union all
select format('grant select on %s to %I', oid::regclass, $1::text) from pg_class
where relowner = current_user::regrole and relkind in ('r', 'p', 'v', 'm', 'f') and relpersistence <> 't'
  and relnamespace::regnamespace::text !~ '^(pg_|information_schema)' and not has_table_privilege($1, oid, 'SELECT')`

const newPassword = (): string => randomBytes(24).toString('base64url')
