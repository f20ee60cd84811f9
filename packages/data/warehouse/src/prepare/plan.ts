import { configErrors, type SluiceError } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'

/** Who prepares: the role of the URL that was given. */
export interface Caller {
  readonly name: string
  readonly superuser: boolean
  readonly createRole: boolean
  readonly createDb: boolean
}

/** A database that is there, as the caller sees it. */
export interface FoundDatabase {
  readonly owner: string
  /** The caller has the rights of its owner. */
  readonly isCallers: boolean
  /** The caller may make tables in it. */
  readonly mayCreate: boolean
  /** Who owns what an earlier start has made there. */
  readonly tablesOwner: string | null
}

export interface WarehousePlan {
  /** Whether a role of the project creates and loads, or the caller. */
  readonly ownerRole: boolean
  /** Whether a role that may only read answers queries, or the caller. */
  readonly readerRole: boolean
  readonly createDatabase: boolean
  /** What could not be done and what that means, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Who owns a project's warehouse and who reads it, from what the caller may do (`pg_roles` says it; no attempt is made to find out). A
 * caller that may make roles makes both. It stays the owner itself where the tables are its own already, since a table has one owner,
 * and in a database that it cannot hand over; queries run as the reader all the same.
 * @throws `config.invalid`, `config.missing` with the statement that an administrator has to run
 */
export function planWarehouse(
  { database, owner, caller }: { readonly database: string; readonly owner: string; readonly caller: Caller },
  found: FoundDatabase | undefined,
): WarehousePlan {
  const makesRoles = caller.superuser || caller.createRole
  const plan = (ownerRole: boolean, ...notes: readonly string[]): WarehousePlan => ({
    ownerRole,
    readerRole: makesRoles,
    createDatabase: found === undefined,
    notes: makesRoles ? notes : [sharesItsRights],
  })
  if (found === undefined) {
    if (!caller.superuser && !caller.createDb) throw missingDatabase(database, caller)
    return plan(makesRoles)
  }
  if (makesRoles && found.tablesOwner !== null) {
    if (found.tablesOwner === owner) return plan(true)
    return plan(false, `The tables of ${database} belong to ${found.tablesOwner}: loads use the rights of ${caller.name}.`)
  }
  if (makesRoles && (found.isCallers || found.owner === owner)) return plan(true)
  if (!found.mayCreate) throw closedDatabase(database, caller)
  return plan(false, `The database ${database} belongs to ${found.owner}: loads use the rights of ${caller.name}.`)
}

const sharesItsRights = 'The URL may not create roles: loads and queries share its rights. Queries still run in read-only transactions.'

const missingDatabase = (database: string, { name }: Caller): SluiceError =>
  configErrors.missing(`there is no database ${database}, and ${name} may not create one`, {
    facts: { database, role: name },
    next: `As an administrator: create database ${quoteIdentifier(database)} owner ${quoteIdentifier(name)} encoding 'UTF8'; or alter role ${quoteIdentifier(name)} createdb.`,
  })

const closedDatabase = (database: string, { name }: Caller): SluiceError =>
  configErrors.invalid(`${name} may not create tables in the database ${database}`, {
    facts: { database, role: name },
    next: `As an administrator: alter database ${quoteIdentifier(database)} owner to ${quoteIdentifier(name)}.`,
  })
