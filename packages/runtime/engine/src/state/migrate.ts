import { fileURLToPath } from 'node:url'
import { type Migration, migrateUp, readMigrations } from '@sluice/postgres'

/** The migrations' table lives in the same schema as the tables it speaks of. */
export const stateSchema = 'sluice'

export const stateMigrations = (): Promise<Migration[]> => readMigrations(fileURLToPath(new URL('./migrations', import.meta.url)))

/** Brings the metadata database up to date; processes that start together wait for one another. */
export async function migrateState(databaseUrl: string): Promise<void> {
  await migrateUp(databaseUrl, await stateMigrations(), { schema: stateSchema })
}
