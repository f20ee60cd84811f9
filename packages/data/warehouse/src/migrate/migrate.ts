import type { AnyDataset, ForeignKey } from '@sluice/author'
import {
  type MigrateOptions,
  type Migration,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatus,
  openPool,
  planMigrations,
  readMigrations,
  type Step,
  type Target,
  withSession,
} from '@sluice/postgres'
import { presentTables, refuseDrift, refuseIncomplete } from '../drift/check-drift.ts'
import { keepingWhatItMakes } from '../drift/migrated.ts'
import { inWarehouse } from '../fault.ts'
import { migratePlatform } from './platform-migrations.ts'

type Progress = Pick<MigrateOptions, 'onStep' | 'onWait' | 'patienceMs'>

/**
 * Applies the platform's migrations and then those of the project's folder, up to `to` (default: all), and returns the ids of the
 * project's that were applied. After a full upgrade the database must equal the datasets of the code. Where the files make a table, the
 * last of them is not committed unless the table is whole, so that it can be corrected.
 *
 * @throws `migration.drift` (an applied file changed, or the database differs from `tables`), `migration.failed` with file and line.
 */
export async function migrate(
  url: string,
  folder: string,
  options: Progress & {
    readonly to?: string
    readonly tables?: readonly AnyDataset[]
    /** Foreign keys that were declared beside the datasets. */
    readonly keys?: readonly ForeignKey[]
  } = {},
): Promise<string[]> {
  const { to, tables = [], keys = [], ...progress } = options
  const migrations = await readMigrations(folder)
  return await inWarehouse(async () => {
    await migratePlatform(url, progress)
    const applied = await migrateUp(url, migrations, {
      ...(to === undefined ? {} : { target: to }),
      ...progress,
      around: to === undefined ? completing(await tablesThere(url, tables), tables, keys) : keepingWhatItMakes,
    })
    if (to === undefined && tables.length > 0) await refuseDriftAt(url, tables, keys, migrations)
    return applied
  })
}

/** @param there the tables that these migrations have not made */
const completing =
  (there: readonly AnyDataset[], tables: readonly AnyDataset[], keys: readonly ForeignKey[]): NonNullable<MigrateOptions['around']> =>
  async (session, run, { last, inTransaction }) => {
    await keepingWhatItMakes(session, run)
    if (!last || !inTransaction) return
    const made = tables.filter((table) => !there.includes(table))
    await refuseIncomplete(session, await presentTables(session, made), keys)
  }

/** Takes back the project's migrations after `to` (`'none'`: all of them); the platform's tables stay. */
export const migrateBack = (url: string, folder: string, to: string, options: Progress = {}): Promise<string[]> =>
  inWarehouse(async () => await migrateDown(url, await readMigrations(folder), targetOf(to), { ...options, around: keepingWhatItMakes }))

export const migrationsStatus = (url: string, folder: string): Promise<MigrationStatus> =>
  inWarehouse(async () => await migrationStatus(url, await readMigrations(folder)))

/**
 * The dry run: the project's steps to `to` (`'latest'` by default, `'none'`, or an id), with their SQL. Changes nothing. A project without
 * the folder has no steps. Where nothing is left to apply up to the latest, the database must equal `tables`, as after `migrate`.
 */
export const planMigration = (
  url: string,
  folder: string | null,
  {
    to = 'latest',
    tables = [],
    keys = [],
  }: { readonly to?: string; readonly tables?: readonly AnyDataset[]; readonly keys?: readonly ForeignKey[] } = {},
): Promise<Step[]> =>
  inWarehouse(async () => {
    const migrations = folder === null ? [] : await readMigrations(folder)
    const { applied } = await migrationStatus(url, migrations)
    const steps = planMigrations(applied, migrations, targetOf(to))
    if (to === 'latest' && steps.length === 0 && tables.length > 0) await refuseDriftAt(url, tables, keys, migrations)
    return steps
  })

const targetOf = (to: string): Target => (to === 'latest' || to === 'none' ? to : { id: to })

const tablesThere = (url: string, tables: readonly AnyDataset[]): Promise<readonly AnyDataset[]> =>
  tables.length === 0 ? Promise.resolve([]) : withSession(url, async (session) => await presentTables(session, tables))

async function refuseDriftAt(
  url: string,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[],
  known: readonly Migration[],
): Promise<void> {
  const pool = openPool(url, { max: 2 })
  try {
    await refuseDrift(pool, tables, keys, known)
  } finally {
    await pool.end()
  }
}
