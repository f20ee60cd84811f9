import { fileURLToPath } from 'node:url'
import { type Migration, migrateUp, readMigrations } from '@sluice/postgres'

/** A schema of its own: the migrator keeps one history a schema, and one revoke keeps a role away from all of its tables. */
export const accountsSchema = 'sluice_accounts'

export const accountsMigrations = (): Promise<Migration[]> => readMigrations(fileURLToPath(new URL('./migrations', import.meta.url)))

/** Brings the tables of the accounts up to date; processes that start together wait for one another. */
export async function migrateAccounts(databaseUrl: string): Promise<void> {
  await migrateUp(databaseUrl, await accountsMigrations(), { schema: accountsSchema })
}
