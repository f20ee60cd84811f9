import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyDataset,
  type Capability,
  type Channel,
  type Columns,
  datasetsIn,
  graphOf,
  optionNames,
  type Pipeline,
  type RowOf,
  refuseOddOptions,
  type Sql,
  tablesOf,
} from '@sluice/author'
import { type Instant, type Interval, inputErrors, manualRunKey, maskOf, parseInstant } from '@sluice/core'
import { type InProcessOptions, type InProcessRun, manualInterval, runInProcess } from '@sluice/engine'
import type { Lake } from '@sluice/lake'
import { lakeCapability, stateLakes, warnOfMaintenance } from '@sluice/lake/capability'
import { notifyCapability } from '@sluice/notify/capability'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing/database'
import { closers } from '@sluice/process'
import { httpCapability } from '@sluice/sources/capability'
import { transformCapability } from '@sluice/transform/capability'
import { createTableSql, migratePlatform, openWarehouse, type Warehouse, withoutPartitions } from '@sluice/warehouse'
import { warehouseCapability } from '@sluice/warehouse/capability'
import {
  type GivenSettings,
  givenBudgets,
  givenConnection,
  givenDatabase,
  givenSettings,
  givenVariable,
  skippingWaits,
  type WorldBudget,
} from './given.ts'
import { keptLog, type LogLine } from './logs.ts'

/** What a world has. */
export interface WorldOptions extends GivenSettings {
  readonly project?: string
  readonly timeZone?: string
  /** Those of the warehouse are created in the throwaway one, in this order; all of them can be read by `rows`. */
  readonly datasets?: readonly AnyDataset[]
  /** The project's folder, where sources of files begin. That of the process unless given. */
  readonly folder?: string
  /** What `budget(name)` finds. There is no ledger, so the test gives what the month has spent and what its other runs still need. */
  readonly budgets?: Readonly<Record<string, WorldBudget>>
}

/** How a pipeline is run in a world. */
export interface WorldRunOptions
  extends Partial<Pick<InProcessOptions, 'key' | 'generation' | 'trigger' | 'params' | 'now' | 'random' | 'sleep'>> {
  /** End of the data interval, ISO-8601 or epoch milliseconds. Default 2026-01-01T00:00:00Z. */
  readonly logicalTime?: string | number
  /** Unless given, that of the schedule, as of a run that is triggered for the logical time. */
  readonly interval?: Interval
}

/** A run in a world, with what its tasks logged. */
export interface WorldRun extends InProcessRun {
  /** By task. */
  readonly logs: Readonly<Record<string, readonly LogLine[]>>
}

/** A message in the outbox, one for each channel. */
export type SentNotification = Channel & {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Runs pipelines in this process in a throwaway lake and warehouse: real files, DuckDB and PostgreSQL, no metadata database. */
export interface World extends AsyncDisposable {
  readonly lake: Lake
  readonly warehouse: Warehouse
  run(pipeline: Pipeline, options?: WorldRunOptions): Promise<WorldRun>
  /** Rows of a small result, of one store: of datasets that the world was given, or that a pipeline it ran reads or fills. */
  rows<C extends Columns>(columns: C, sql: Sql): Promise<readonly RowOf<C>[]>
  /** What tasks sent with `notify.send`, in order. Nothing is delivered. */
  notifications(): Promise<readonly SentNotification[]>
  close(): Promise<void>
}

// Who runs the tests strips types and does not check them: an option that is mistyped would leave its default in force, and the test green.
const worldNames = optionNames<WorldOptions>({
  project: true,
  timeZone: true,
  datasets: true,
  folder: true,
  budgets: true,
  connections: true,
  variables: true,
  secrets: true,
})
const runNames = optionNames<WorldRunOptions>({
  logicalTime: true,
  interval: true,
  key: true,
  generation: true,
  trigger: true,
  params: true,
  now: true,
  random: true,
  sleep: true,
})

const selectNotifications = `
select channel ->> 'channel' as channel, channel ->> 'to' as "to", subject, text, html from public.sluice_outbox order by id`

/**
 * A throwaway world: a lake in a temporary folder, a warehouse in a database of its own, HTTP and mail as the test gives them.
 * @throws `definition.invalid` for an option that it does not have
 */
export async function testWorld(options: WorldOptions = {}): Promise<World> {
  refuseOddOptions('testWorld', options, worldNames)
  const { project = 'test', timeZone = 'UTC', datasets = [], secrets = {} } = options
  const history = { written: [], taken: [] }
  const runs = new Map<string, string>()
  const known = new Map(datasets.map((dataset) => [dataset.id, dataset]))
  const opened = closers()
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-world-'))
  opened.add(() => rm(stateDir, { recursive: true, force: true }))
  const database = await warehouseWith(datasets)
  opened.add(database.drop)
  const duckdb = { threads: 1, memoryLimitMb: 512 }
  const lakes = stateLakes({ stateDir, lakeUrl: null, duckdb, onTrouble: warnOfMaintenance })
  const lake = lakeCapability({ project, policy: {}, lakes })
  const warehouse = warehouseCapability({ project, urls: { ownerUrl: database.url, readerUrl: database.url } })
  const clock = skippingWaits()
  const http = httpCapability(clock)
  const budget = givenBudgets(options.budgets)
  const capabilities: readonly Capability[] = [
    givenSettings(options),
    http,
    budget,
    lake,
    warehouse,
    notifyCapability({ outbox: async () => (await warehouse.open()).pool, mask: maskOf(Object.values(secrets)) }),
    transformCapability({
      lake: lake.open,
      warehouse: warehouse.open,
      place: {
        folder: options.folder ?? process.cwd(),
        variable: (name) => givenVariable(options, name),
        clock: { now: clock.now, wait: clock.sleep },
      },
      database: (name) => givenDatabase(options, name),
      asking: (attempt) => ({
        ...http.context(attempt),
        connection: (name) => givenConnection(options, name),
        purse: (name) => budget.context(attempt).budget(name),
      }),
    }),
  ]
  for (const { close } of capabilities) if (close !== undefined) opened.add(close)
  const { pool } = await warehouse.open()

  return {
    lake: await lake.open(),
    warehouse: await warehouse.open(),
    async run(pipeline, options = {}) {
      refuseOddOptions('run of a world', options, runNames)
      const { logicalTime = '2026-01-01T00:00:00Z', interval, ...rest } = options
      const end = instantOf(logicalTime)
      // A pull tells what it has read in this run before from what other runs have read. The same key again is the same run.
      const key = rest.key ?? 'test'
      const runId = runs.get(key) ?? (runs.size === 0 ? 'test' : `test-${runs.size + 1}`)
      runs.set(key, runId)
      const logs: Record<string, LogLine[]> = {}
      const steps = [...graphOf(pipeline).steps.values()]
      for (const dataset of steps.flatMap(({ reads, fills }) => [...reads, ...fills])) known.set(dataset.id, dataset)
      const run = await runInProcess(pipeline, {
        project,
        timeZone,
        capabilities,
        secrets: Object.values(secrets),
        sleep: async () => {},
        history,
        key: manualRunKey('test'),
        ...rest,
        runId,
        interval: interval ?? manualInterval(pipeline.schedule, end, timeZone),
        logOf: (task) => {
          const lines = logs[task] ?? []
          logs[task] = lines
          return keptLog(lines)
        },
      })
      return { ...run, logs }
    },
    async rows(columns, sql) {
      const reading = { datasets: known, interval: { start: 0, end: endOfTime }, timeZone, batches: new Map() }
      const inWarehouse = datasetsIn(sql).some((id) => id.startsWith('warehouse.'))
      return inWarehouse ? (await warehouse.open()).rows(columns, sql, reading) : (await lake.open()).rows(columns, sql, reading)
    },
    notifications: () => pool.query<SentNotification>(selectNotifications),
    close: opened.close,
    [Symbol.asyncDispose]: opened.close,
  }
}

/** The newest rows of a test are the newest of all. */
const endOfTime = Date.UTC(9999, 0, 1)

async function warehouseWith(datasets: readonly AnyDataset[]): Promise<TestDatabase> {
  const database = await testDatabase()
  await migratePlatform(database.url)
  const warehouse = openWarehouse({ database: { url: database.url }, project: 'test', maxConnections: 1 })
  try {
    for (const dataset of tablesOf(datasets)) {
      for (const statement of createTableSql(withoutPartitions(dataset))) await warehouse.pool.query(statement)
    }
  } finally {
    await warehouse.close()
  }
  return database
}

function instantOf(given: string | number): Instant {
  const instant = typeof given === 'number' ? given : parseInstant(given)
  if (instant !== undefined && Number.isFinite(instant)) return instant
  throw inputErrors.invalid(`the logical time ${given} is not an instant`, { next: 'Write it as 2026-01-31T00:00:00Z.' })
}
