import { randomBytes } from 'node:crypto'
import { SluiceError } from '@sluice/core'
import { ensureDatabase, ensureRole, quoteIdentifier, withSession } from '@sluice/postgres'
import { inWarehouse } from './fault.ts'

export interface PrepareOptions {
  /** A superuser's URL, or that of whoever administers the external server. */
  readonly adminUrl: string
  readonly database: string
  readonly project: string
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
  /** Missing when the roles could not be made. */
  readonly passwords?: WarehousePasswords
  /** What could not be done and what that means, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * The database of a project with two roles: `<project>_owner` owns it and nothing else, `<project>_reader` may connect and select what the
 * owner has created or will create, in read-only transactions. May be called at each start. An external server that grants the URL no roles
 * is used through that URL for both, and a note says so.
 */
export async function prepareWarehouse(options: PrepareOptions): Promise<PreparedWarehouse> {
  const passwords = options.passwords ?? { owner: newPassword(), reader: newPassword() }
  const owner = { name: roleName(options.project, 'owner'), password: passwords.owner }
  const reader = { name: roleName(options.project, 'reader'), password: passwords.reader }
  try {
    await ensureRole(options.adminUrl, owner)
    await ensureRole(options.adminUrl, reader)
  } catch (error) {
    if (!isDenied(error)) throw error
    return await withoutRoles(options)
  }
  return await inWarehouse(async () => {
    await ensureDatabase(options.adminUrl, options.database, { owner: owner.name })
    await withSession(options.adminUrl, async (session) => {
      const database = quoteIdentifier(options.database)
      await session.query(`grant connect on database ${database} to ${quoteIdentifier(reader.name)}`)
      await session.query(`alter role ${quoteIdentifier(reader.name)} in database ${database} set default_transaction_read_only = on`)
    })
    const ownerUrl = urlOf(options.adminUrl, options.database, owner)
    await withSession(ownerUrl, async (session) => {
      for (const statement of readerGrants(owner.name, reader.name)) await session.query(statement)
    })
    return { ownerUrl, readerUrl: urlOf(options.adminUrl, options.database, reader), passwords, notes: [] }
  })
}

/** Crypto-coincap's owner is `crypto_coincap_owner`. */
export const roleName = (project: string, role: 'owner' | 'reader'): string => `${project.replaceAll('-', '_')}_${role}`

function readerGrants(ownerName: string, readerName: string): string[] {
  const reader = quoteIdentifier(readerName)
  const later = `alter default privileges for role ${quoteIdentifier(ownerName)}`
  return [
    `grant usage on schema public to ${reader}`,
    `grant select on all tables in schema public to ${reader}`,
    `${later} grant usage on schemas to ${reader}`,
    `${later} grant select on tables to ${reader}`,
  ]
}

async function withoutRoles({ adminUrl, database }: PrepareOptions): Promise<PreparedWarehouse> {
  const notes = ['The URL may not create roles: loads and queries share its rights. Queries still run in read-only transactions.']
  const url = urlOf(adminUrl, database)
  await ensureDatabase(adminUrl, database).catch((error: unknown) => {
    if (!isDenied(error)) throw error
  })
  await inWarehouse(() => withSession(url, (session) => session.query('select 1')))
  return { ownerUrl: url, readerUrl: url, notes }
}

function urlOf(adminUrl: string, database: string, role?: { readonly name: string; readonly password: string }): string {
  const url = new URL(adminUrl)
  url.pathname = `/${encodeURIComponent(database)}`
  if (role !== undefined) {
    url.username = encodeURIComponent(role.name)
    url.password = encodeURIComponent(role.password)
  }
  return url.href
}

const newPassword = (): string => randomBytes(24).toString('base64url')
const isDenied = (error: unknown): boolean => error instanceof SluiceError && error.facts.sqlstate === '42501'
