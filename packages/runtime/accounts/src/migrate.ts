import { fileURLToPath } from 'node:url'
import { type Migration, migrateUp, readFunctions, readMigrations, type SqlFunction } from '@sluice/postgres'

/** A schema of its own: the migrator keeps one history a schema, and one revoke keeps a role away from all of its tables. */
export const accountsSchema = 'sluice_accounts'

export interface AccountsHistory {
  readonly schema: typeof accountsSchema
  readonly migrations: readonly Migration[]
  readonly functions: readonly SqlFunction[]
}

export const accountsHistory = async (): Promise<AccountsHistory> => ({
  schema: accountsSchema,
  migrations: await readMigrations(fileURLToPath(new URL('./migrations', import.meta.url))),
  functions: await readFunctions(fileURLToPath(new URL('./functions', import.meta.url))),
})

/** Brings the tables of the accounts up to date; processes that start together wait for one another. */
export async function migrateAccounts(databaseUrl: string): Promise<void> {
  const { migrations, ...options } = await accountsHistory()
  await migrateUp(databaseUrl, migrations, options)
}
