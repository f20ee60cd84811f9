import { fileURLToPath } from 'node:url'
import { type Migration, migrateUp, readMigrations } from '@sluice/postgres'

/** The platform's own migrations have their own list, so that their numbers and a project's never meet. */
export const platformSchema = 'sluice'

export const platformMigrations = (): Promise<Migration[]> => readMigrations(fileURLToPath(new URL('./platform', import.meta.url)))

/**
 * Creates or updates `sluice_loads`, `sluice_quarantine`, `sluice_outbox` and `sluice_runs`; the ids of the migrations applied. Needs the
 * owner of the database.
 */
export const migratePlatform = async (url: string): Promise<string[]> =>
  await migrateUp(url, await platformMigrations(), { schema: platformSchema })
