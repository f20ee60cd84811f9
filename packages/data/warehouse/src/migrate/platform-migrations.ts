import { fileURLToPath } from 'node:url'
import { type MigrateOptions, type Migration, migrateUp, readMigrations } from '@sluice/postgres'
import { platformSchema } from '../platform-schema.ts'

export const platformMigrations = (): Promise<Migration[]> => readMigrations(fileURLToPath(new URL('./platform', import.meta.url)))

/**
 * Creates or updates `sluice_loads`, `sluice_quarantine`, `sluice_outbox` and `sluice_runs`; the ids of the migrations applied. Needs the
 * owner of the database.
 */
export const migratePlatform = async (
  url: string,
  options: Pick<MigrateOptions, 'onStep' | 'onWait' | 'patienceMs'> = {},
): Promise<string[]> => await migrateUp(url, await platformMigrations(), { ...options, schema: platformSchema })
