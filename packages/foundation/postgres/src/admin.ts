import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { configErrors, SluiceError } from '@sluice/core'
import { type Connection, parseUrl, withSession } from './connection.ts'
import { postgresErrors } from './errors.ts'
import { quoteIdentifier, quoteLiteral } from './identifiers.ts'

/** Two processes that create the same thing at once: the loser is content. */
const alreadyThere = new Set(['42P04', '42710', '23505'])

/**
 * Creates the database when it is missing, in UTF-8 whatever the server's own databases are in. Only its owner and superusers may connect
 * to it; grant others what they need. Returns whether it was made. `adminUrl` is a superuser's, or that of a role with CREATEDB that is a
 * member of the owner. @throws `config.missing` with the statement that an administrator has to run, where the role may not
 */
export async function ensureDatabase(
  adminUrl: string,
  name: string,
  options: { readonly owner?: string; readonly forAMoment?: boolean; readonly template?: string } = {},
): Promise<boolean> {
  return await withSession(adminUrl, async (session) => {
    const [existing] = await session.query('select 1 from pg_database where datname = $1', [name])
    const owner = options.owner === undefined ? '' : ` owner ${quoteIdentifier(options.owner)}`
    const made =
      existing === undefined &&
      (await unlessThere(
        session,
        `create database ${quoteIdentifier(name)}${owner}${options.template === undefined ? await inUtf8(session) : ` template ${quoteIdentifier(options.template)}`}`,
      ).catch(async (error: unknown) => {
        throw isDenied(error) ? await mayNotCreate(session, name, options.forAMoment === true, error) : error
      }))
    if (made) await session.query(`revoke all on database ${quoteIdentifier(name)} from public`)
    // What a crash of the server loses there is lost with it anyway.
    if (made && options.forAMoment === true) await session.query(`alter database ${quoteIdentifier(name)} set synchronous_commit = off`)
    return made
  })
}

const denied = '42501'
const isDenied = (error: unknown): boolean => error instanceof SluiceError && error.facts.sqlstate === denied

async function mayNotCreate(session: Connection, name: string, forAMoment: boolean, cause: unknown): Promise<SluiceError> {
  const [user] = await session.query<{ name: string }>('select current_user::text as name')
  const role = user?.name ?? ''
  const letIt = `alter role ${quoteIdentifier(role)} createdb`
  return forAMoment
    ? configErrors.missing(`${role} may not create a database, and what is tried out has one of its own for a moment`, {
        facts: { role, sqlstate: denied },
        cause,
        next: `As an administrator: ${letIt}. Or try it where SLUICE_DATABASE_URL is not set, on the embedded PostgreSQL.`,
      })
    : configErrors.missing(`there is no database ${name}, and ${role} may not create one`, {
        facts: { database: name, role, sqlstate: denied },
        cause,
        next: `As an administrator: create database ${quoteIdentifier(name)} owner ${quoteIdentifier(role)} encoding 'UTF8'; or ${letIt}.`,
      })
}

/** A new database has the encoding of `template1`. Another one needs an empty template and a locale that fits it. */
async function inUtf8(session: Connection): Promise<string> {
  const [template] = await session.query<{ utf8: boolean }>(
    "select pg_encoding_to_char(encoding) = 'UTF8' as utf8 from pg_database where datname = 'template1'",
  )
  return template?.utf8 === false ? " template template0 encoding 'UTF8' locale_provider libc locale 'C'" : ''
}

/** Removes the database and ends its sessions. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withSession(adminUrl, (session) => session.query(`drop database if exists ${quoteIdentifier(name)} with (force)`))
}

export interface Role {
  readonly name: string
  readonly password: string
  readonly connectionLimit?: number
}

/** What a role may do beyond logging in, and what takes it away. */
const rights = {
  superuser: 'nosuperuser',
  createDb: 'nocreatedb',
  createRole: 'nocreaterole',
  replication: 'noreplication',
  bypassRls: 'nobypassrls',
} as const

type Rights = Readonly<Record<keyof typeof rights, boolean>>

/**
 * A role that may log in and nothing else: no superuser, no CREATEDB, no CREATEROLE, no replication, row policies hold for it. An existing
 * role is brought to that and to this password. The server gets a SCRAM verifier, so the password appears in no log and no statistics.
 * `adminUrl` is a superuser's, or that of a role with CREATEROLE. @throws `config.invalid` for an existing role that it may not change
 */
export async function ensureRole(adminUrl: string, role: Role): Promise<boolean> {
  const settings = `login connection limit ${Math.trunc(role.connectionLimit ?? -1)} password ${quoteLiteral(scramVerifier(role.password))}`
  const name = quoteIdentifier(role.name)
  return await withSession(adminUrl, async (session) => {
    // Two ALTER ROLE at once would fail with "tuple concurrently updated".
    await session.query("select pg_advisory_lock(hashtextextended('sluice role ' || $1, 0))", [role.name])
    const find = async (): Promise<FoundRole | undefined> => (await session.query<FoundRole>(foundRole, [role.name]))[0]
    let existing = await find()
    if (existing === undefined) {
      if (await unlessThere(session, `create role ${name} ${Object.values(rights).join(' ')} ${settings}`)) return true
      existing = await find()
    }
    if (existing === undefined) throw postgresErrors.unavailable(`the role ${role.name} comes and goes`, { next: 'Try again.' })
    const extra = rightNames.filter((right) => existing[right])
    if (!existing.mayChange && extra.length === 0 && (await passwordWorks(adminUrl, role))) return false
    if (!existing.mayChange || extra.some((right) => !existing.settable[right])) throw notOurs(role.name, existing.caller, extra)
    // Who is not a superuser may not even name a right that it does not have, so only those to be taken away are named.
    await session.query(`alter role ${name} ${extra.map((right) => rights[right]).join(' ')} ${settings}`)
    return false
  })
}

const rightNames = Object.keys(rights) as (keyof typeof rights)[]

interface FoundRole extends Rights {
  readonly caller: string
  readonly mayChange: boolean
  /** Which rights the caller may give and take. */
  readonly settable: Rights
}

const foundRole = `
select r.rolsuper as superuser, r.rolcreatedb as "createDb", r.rolcreaterole as "createRole", r.rolreplication as replication,
  r.rolbypassrls as "bypassRls", me.rolname as caller,
  me.rolsuper or me.rolcreaterole and not r.rolsuper and pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION') as "mayChange",
  jsonb_build_object('superuser', me.rolsuper, 'createDb', me.rolsuper or me.rolcreatedb, 'createRole', me.rolsuper or me.rolcreaterole,
    'replication', me.rolsuper or me.rolreplication, 'bypassRls', me.rolsuper or me.rolbypassrls) as settable
from pg_roles r, pg_roles me where r.rolname = $1 and me.rolname = current_user`

function notOurs(role: string, caller: string, extra: readonly (keyof Rights)[]): SluiceError {
  const [name, admin] = [quoteIdentifier(role), quoteIdentifier(caller)]
  const taken = extra.length === 0 ? '' : `alter role ${name} ${extra.map((right) => rights[right]).join(' ')}; `
  return configErrors.invalid(`the role ${role} exists on the server, and ${caller} may not change it`, {
    facts: { role, caller },
    next: `As an administrator: ${taken}grant ${name} to ${admin} with admin option, inherit true, set true; or drop the role.`,
  })
}

async function passwordWorks(adminUrl: string, { name, password }: Role): Promise<boolean> {
  const url = parseUrl(adminUrl)
  url.username = encodeURIComponent(name)
  url.password = encodeURIComponent(password)
  try {
    await withSession(url.href, async () => undefined)
    return true
  } catch (error) {
    // The server looks at the password before it looks at the database.
    return error instanceof SluiceError && error.facts.sqlstate === '42501'
  }
}

async function unlessThere(session: Connection, statement: string): Promise<boolean> {
  try {
    await session.query(statement)
    return true
  } catch (error) {
    if (error instanceof SluiceError && alreadyThere.has(String(error.facts.sqlstate))) return false
    throw error
  }
}

/** What PostgreSQL stores for a password (RFC 5803): `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${keyed('Server Key').toString('base64')}`
}
