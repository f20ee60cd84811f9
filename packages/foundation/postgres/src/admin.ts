import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { SluiceError } from '@sluice/core'
import { type Connection, withSession } from './connection.ts'
import { quoteIdentifier, quoteLiteral } from './identifiers.ts'

/** Two processes that create the same thing at once: the loser is content. */
const alreadyThere = new Set(['42P04', '42710', '23505'])

/**
 * Creates the database when it is missing. Only its owner and superusers may connect to it; grant others what they need. Returns whether it
 * was made. `adminUrl` is a superuser's, or that of a role with CREATEDB that is a member of the owner.
 */
export async function ensureDatabase(adminUrl: string, name: string, options: { readonly owner?: string } = {}): Promise<boolean> {
  return await withSession(adminUrl, async (session) => {
    const [existing] = await session.query('select 1 from pg_database where datname = $1', [name])
    const owner = options.owner === undefined ? '' : ` owner ${quoteIdentifier(options.owner)}`
    const made = existing === undefined && (await unlessThere(session, `create database ${quoteIdentifier(name)}${owner}`))
    if (made) await session.query(`revoke all on database ${quoteIdentifier(name)} from public`)
    return made
  })
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

/**
 * A role that may log in and nothing else: no superuser, no CREATEDB, no CREATEROLE, no replication, row policies hold for it. An existing
 * role is brought to that and to this password. The server gets a SCRAM verifier, so the password appears in no log and no statistics.
 */
export async function ensureRole(adminUrl: string, role: Role): Promise<boolean> {
  const rights = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls'
  const settings = `${rights} connection limit ${Math.trunc(role.connectionLimit ?? -1)} password ${quoteLiteral(scramVerifier(role.password))}`
  return await withSession(adminUrl, async (session) => {
    // Two ALTER ROLE at once would fail with "tuple concurrently updated".
    await session.query("select pg_advisory_lock(hashtextextended('sluice role ' || $1, 0))", [role.name])
    const [existing] = await session.query('select 1 from pg_roles where rolname = $1', [role.name])
    if (existing === undefined && (await unlessThere(session, `create role ${quoteIdentifier(role.name)} ${settings}`))) return true
    await session.query(`alter role ${quoteIdentifier(role.name)} ${settings}`)
    return false
  })
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
