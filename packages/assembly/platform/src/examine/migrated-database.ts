import { migrationErrors, openPool, type Pool } from '@sluice/postgres'
import type { Settings } from '@sluice/settings'
import { throwawayDatabase } from '../database/throwaway.ts'

/** All files are applied from the first on, so one that holds where they are applied already may fail here. */
function inAnEmptyDatabase(thrown: unknown): never {
  if (!migrationErrors.failed.is(thrown)) throw thrown
  throw thrown.with({
    next: `${thrown.next ?? ''} It failed in an empty database, to which all migrations are applied: what undoes something made by hand elsewhere needs "if exists".`.trimStart(),
  })
}

/**
 * Works with a throwaway database that has what the migrations of a project make, whether or not that is what its datasets declare: queries
 * call functions and read views of them.
 */
export async function withMigratedDatabase<T>(settings: Settings, folder: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const [database, { migrate, migratePlatform }, { migrationsIn }] = await Promise.all([
    throwawayDatabase(settings),
    import('@sluice/warehouse'),
    import('../stores/prepare.ts'),
  ])
  try {
    const migrations = await migrationsIn(folder)
    if (migrations === null) await migratePlatform(database.url)
    else await migrate(database.url, migrations).catch(inAnEmptyDatabase)
    const pool = openPool(database.url, { max: 2, applicationName: 'sluice examine' })
    try {
      return await work(pool)
    } finally {
      await pool.end()
    }
  } finally {
    await database.drop()
  }
}
