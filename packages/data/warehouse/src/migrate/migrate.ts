import type { AnyDataset, ForeignKey } from '@sluice/author'
import { given } from '@sluice/core'
import {
  type MigrateOptions,
  type Migration,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStanding,
  migrationStatus,
  openPool,
  type Pool,
  planMigrations,
  readMigrations,
  type Step,
  type Target,
} from '@sluice/postgres'
import type { TableShape } from '../ddl/shape.ts'
import { lackingIn, nextId, refuseDrift, refuseDriftWithin } from '../drift/check-drift.ts'
import { lackingAfter } from '../drift/lacking-after.ts'
import { keepingWhatItMakes } from '../drift/migrated.ts'
import { type Lacking, nothingLacking } from '../drift/migration-to-write.ts'
import { isDecided } from '../drift/questions.ts'
import type { NewName } from '../drift/renames.ts'
import { type MetViews, withViewsAside } from '../drift/views-aside.ts'
import { viewsLeft } from '../drift/views-left.ts'
import { inWarehouse } from '../fault.ts'
import { keepAhead } from '../partitions/make-partitions.ts'
import { migratePlatform } from './platform-migrations.ts'

type Around = NonNullable<MigrateOptions['around']>

type Progress = Pick<MigrateOptions, 'onStep' | 'onWait' | 'patienceMs'> & {
  /** What became of views of models that were in the way. */
  readonly onViews?: (met: MetViews) => void
}

/**
 * Applies the platform's migrations and then those of the project's folder, up to `to` (default: all), and returns the ids of the
 * project's that were applied: all of them or none, save where a file runs without a transaction. After a full upgrade the database must
 * equal the datasets of the code: nothing is committed unless it does, so that the files can be corrected. Views of models
 * are not in the way.
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
  const { to, tables = [], keys = [], onViews, ...progress } = options
  const migrations = await readMigrations(folder)
  return await inWarehouse(async () => {
    await migratePlatform(url, progress)
    const views = viewsMet()
    const applied = await migrateUp(url, migrations, {
      ...(to === undefined ? {} : { target: to }),
      ...progress,
      together: true,
      around: to === undefined && tables.length > 0 ? leavingNoDrift(views.aside, tables, keys) : views.aside,
    })
    onViews?.(views.met())
    if (to !== undefined || tables.length === 0) return applied
    await refuseDriftAt(url, tables, keys, migrations)
    if (tables.some(({ facts }) => facts.ranges !== undefined)) await withPool(url, (pool) => keepAhead(pool, tables, Date.now()))
    return applied
  })
}

const leavingNoDrift =
  (migrate: Around, tables: readonly AnyDataset[], keys: readonly ForeignKey[]): Around =>
  async (session, run, file) => {
    const { together, last, inTransaction } = file
    await migrate(session, run, file)
    if (last && inTransaction) await refuseDriftWithin(session, together.join(', '), tables, keys)
  }

/** Takes back the project's migrations after `to` (`'none'`: all of them); the platform's tables stay. */
export const migrateBack = (url: string, folder: string, to: string, { onViews, ...progress }: Progress = {}): Promise<string[]> =>
  inWarehouse(async () => {
    const views = viewsMet()
    const taken = await migrateDown(url, await readMigrations(folder), targetOf(to), { ...progress, around: views.aside })
    onViews?.(views.met())
    return taken
  })

/** Files without a transaction meet the views: what was dropped before a statement that fails would stay away. */
function viewsMet(): { readonly aside: Around; met(): MetViews } {
  const met = new Map<string, keyof MetViews>()
  const namesOf = (what: keyof MetViews): readonly string[] => [...met].filter(([, became]) => became === what).map(([name]) => name)
  return {
    aside: async (session, run, { inTransaction }) => {
      if (!inTransaction) return await keepingWhatItMakes(session, run)
      const { again, gone } = await withViewsAside(session, () => keepingWhatItMakes(session, run))
      for (const name of again) met.set(name, 'again')
      for (const name of gone) met.set(name, 'gone')
    },
    met: () => ({ again: namesOf('again'), gone: namesOf('gone') }),
  }
}

export const migrationsStatus = (url: string, folder: string): Promise<MigrationStatus> =>
  inWarehouse(async () => await migrationStatus(url, await readMigrations(folder)))

/** As it stands, with what is wrong with the files. */
export const migrationsStanding = (url: string, folder: string): ReturnType<typeof migrationStanding> =>
  inWarehouse(async () => await migrationStanding(url, await readMigrations(folder)))

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

/** What the migrations of a project lack, and the one that brings it. */
export interface WarehouseDiff extends Omit<Lacking, 'migration'> {
  /** Migrations that wait. The differences are those that are left once they are applied, and not looked for where they cannot be. */
  readonly pending: readonly string[]
  /** The migration to write; `null` where nothing is to be written. */
  readonly migration: { readonly id: string; readonly up: string; readonly down: string } | null
}

interface DeclaredDiff {
  readonly tables: readonly AnyDataset[]
  readonly keys: readonly ForeignKey[]
  /** Names of those that are declared: others that models have made before are to go. */
  readonly views?: readonly string[]
  /** Of the migration, unless its tables are to name it. */
  readonly name?: string
  readonly renames?: readonly NewName[]
  /** What `renames` does not name was dropped, and not renamed. */
  readonly allowLoss?: boolean
  /** How the server describes the tables; asked where no migration waits, which could make what they stand on. */
  readonly shown?: (pool: Pool) => Promise<readonly TableShape[]>
}

/** Changes nothing. @throws `request.invalid` for a rename of what is not there */
export const diffWarehouse = (
  url: string,
  folder: string | null,
  { tables, keys, views = [], name, renames = [], allowLoss = false, shown }: DeclaredDiff,
): Promise<WarehouseDiff> =>
  inWarehouse(async () => {
    const known = folder === null ? [] : await readMigrations(folder)
    const { pending } = await migrationStatus(url, known)
    const waiting = known.filter(({ id }) => pending.includes(id))
    return await withPool(url, async (pool) => {
      const ofViews = await viewsLeft(pool, views)
      const ofTables =
        tables.length === 0
          ? undefined
          : await (waiting.length + renames.length === 0
              ? lackingIn(pool, tables, keys, { allowLoss, ...given({ shown: await shown?.(pool) }) })
              : lackingAfter(pool, waiting, tables, keys, { renames, allowLoss }))
      const lacking = [ofViews, ofTables].filter((each) => each !== undefined)
      const migrations = lacking.flatMap(({ migration }) => migration ?? [])
      const [first] = migrations
      if (first === undefined) return { ...nothingLacking, migration: null, pending }
      const text = (texts: readonly string[]): string => texts.join('\n')
      return {
        differences: lacking.flatMap(({ differences }) => differences),
        losses: lacking.flatMap(({ losses }) => losses),
        questions: lacking.flatMap(({ questions }) => questions).filter((each) => !isDecided(renames, each)),
        pending,
        migration: {
          id: nextId(name ?? (migrations.length === 1 ? first.word : 'tables'), known),
          up: text(migrations.map(({ up }) => up)),
          down: text(migrations.map(({ down }) => down).reverse()),
        },
      }
    })
  })

const targetOf = (to: string): Target => (to === 'latest' || to === 'none' ? to : { id: to })

const refuseDriftAt = (
  url: string,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[],
  known: readonly Migration[],
): Promise<void> => withPool(url, (pool) => refuseDrift(pool, tables, keys, known))

async function withPool<T>(url: string, act: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { max: 2 })
  try {
    return await act(pool)
  } finally {
    await pool.end()
  }
}
