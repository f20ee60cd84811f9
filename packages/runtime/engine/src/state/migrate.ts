import { fileURLToPath } from 'node:url'
import { type Migration, migrateUp, readFunctions, readMigrations, type SqlFunction } from '@sluice/postgres'

/** The schema of the metadata database: tables by numbered migrations, the functions of the state machines by their files. */
export interface StateHistory {
  /** The migrations' table lives in the same schema as the tables it speaks of. */
  readonly schema: 'sluice'
  readonly migrations: readonly Migration[]
  readonly functions: readonly SqlFunction[]
}

export const stateHistory = async (): Promise<StateHistory> => ({
  schema: 'sluice',
  migrations: await readMigrations(fileURLToPath(new URL('./migrations', import.meta.url))),
  functions: await readFunctions(fileURLToPath(new URL('./functions', import.meta.url))),
})

/** Brings the metadata database up to date; processes that start together wait for one another. */
export async function migrateState(databaseUrl: string): Promise<void> {
  const { migrations, ...options } = await stateHistory()
  await migrateUp(databaseUrl, migrations, options)
}
