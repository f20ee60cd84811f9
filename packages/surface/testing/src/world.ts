import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyDataset,
  type Capability,
  type Channel,
  type Columns,
  datasetsIn,
  type ForeignKey,
  type Pipeline,
  type Reading,
  type RowOf,
  type Sql,
} from '@sluice/author'
import { type Interval, parseInstant } from '@sluice/core'
import { type InProcessOptions, type InProcessRun, runInProcess } from '@sluice/engine'
import type { Lake } from '@sluice/lake'
import { lakeCapability } from '@sluice/lake/capability'
import { notifyCapability } from '@sluice/notify/capability'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { closers } from '@sluice/process'
import { httpCapability } from '@sluice/sources/capability'
import { transformCapability } from '@sluice/transform/capability'
import { createTableSql, migratePlatform, openWarehouse, type Warehouse } from '@sluice/warehouse'
import { warehouseCapability } from '@sluice/warehouse/capability'
import { type GivenSettings, givenBudgets, givenSettings, type WorldBudget } from './given.ts'
import { keptLog, type LogLine } from './logs.ts'

export interface WorldOptions extends GivenSettings {
  readonly project?: string
  readonly timeZone?: string
  /** Those of the warehouse are created as empty tables, in this order. Those of the lake come into being with their first batch. */
  readonly datasets?: readonly AnyDataset[]
  /** Keys declared beside the datasets. */
  readonly keys?: readonly ForeignKey[]
  /** What `budget(name)` finds. There is no ledger: the test says what the month has spent before, and what its other runs still need. */
  readonly budgets?: Readonly<Record<string, WorldBudget>>
}

export interface WorldRunOptions extends Partial<Pick<InProcessOptions, 'key' | 'generation' | 'params' | 'now' | 'random' | 'sleep'>> {
  /** End of the data interval, ISO-8601 or epoch milliseconds. Default 2026-01-01T00:00:00Z. */
  readonly logicalTime?: string | number
  readonly interval?: Interval
}

export interface WorldRun extends InProcessRun {
  /** By task. */
  readonly logs: Readonly<Record<string, readonly LogLine[]>>
}

/** A message as it waits in the outbox, one a channel. */
export type SentNotification = Channel & {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** A throwaway lake and warehouse in which pipelines run in this process: real files, DuckDB and PostgreSQL, no metadata database. */
export interface World extends AsyncDisposable {
  readonly lake: Lake
  readonly warehouse: Warehouse
  run(pipeline: Pipeline, options?: WorldRunOptions): Promise<WorldRun>
  /**
   * Rows of a statement over the datasets given to the world, in the store that they are in (the warehouse for a statement that names none): as a
   * step sees them, without batches at hand.
   */
  rows<C extends Columns>(columns: C, statement: Sql): Promise<readonly RowOf<C>[]>
  /** What tasks sent with `notify.send`, in its order. Nothing leaves the world. */
  notifications(): Promise<readonly SentNotification[]>
  close(): Promise<void>
}

const selectNotifications = `
select channel ->> 'channel' as channel, channel ->> 'to' as "to", subject, text, html from public.sluice_outbox order by id`

export async function testWorld(options: WorldOptions = {}): Promise<World> {
  const { project = 'test', timeZone = 'UTC', datasets = [], keys = [] } = options
  const opened = closers()
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-world-'))
  opened.add(() => rm(stateDir, { recursive: true, force: true }))
  const database = await warehouseWith(datasets, keys)
  opened.add(database.drop)
  const lake = lakeCapability({ project, stateDir, lakeUrl: null, policy: {}, duckdb: { threads: 1, memoryLimitMb: 512 } })
  const warehouse = warehouseCapability({ project, urls: { ownerUrl: database.url, readerUrl: database.url } })
  const capabilities: readonly Capability[] = [
    givenSettings(options),
    httpCapability({ sleep: async () => {} }),
    givenBudgets(options.budgets),
    lake,
    warehouse,
    notifyCapability({ outbox: async () => (await warehouse.open()).pool }),
    transformCapability({ lake: lake.open, warehouse: warehouse.open }),
  ]
  for (const { close } of capabilities) if (close !== undefined) opened.add(close)
  const { pool } = await warehouse.open()

  return {
    lake: await lake.open(),
    warehouse: await warehouse.open(),
    async run(pipeline, { logicalTime = '2026-01-01T00:00:00Z', interval, ...rest } = {}) {
      const end = typeof logicalTime === 'number' ? logicalTime : (parseInstant(logicalTime) ?? Number.NaN)
      const logs: Record<string, LogLine[]> = {}
      const run = await runInProcess(pipeline, {
        project,
        timeZone,
        capabilities,
        sleep: async () => {},
        ...rest,
        interval: interval ?? { start: end, end },
        logOf: (task) => {
          const lines = logs[task] ?? []
          logs[task] = lines
          return keptLog(lines)
        },
      })
      return { ...run, logs }
    },
    rows: async (columns, statement) =>
      datasetsIn(statement).some((id) => id.startsWith('lake.'))
        ? await (await lake.open()).rows(columns, statement, readingOf(datasets, timeZone))
        : await (await warehouse.open()).rows(columns, statement, readingOf(datasets, timeZone)),
    notifications: () => pool.query<SentNotification>(selectNotifications),
    close: opened.close,
    [Symbol.asyncDispose]: opened.close,
  }
}

/** All that there is, whenever it was written. */
const readingOf = (datasets: readonly AnyDataset[], timeZone: string): Reading => ({
  datasets: new Map(datasets.map((dataset) => [dataset.id, dataset])),
  interval: { start: 0, end: Date.UTC(9999, 0) },
  timeZone,
  batches: new Map(),
})

async function warehouseWith(datasets: readonly AnyDataset[], keys: readonly ForeignKey[]): Promise<TestDatabase> {
  const database = await testDatabase()
  await migratePlatform(database.url)
  const warehouse = openWarehouse({ database: { url: database.url }, project: 'test', maxConnections: 1 })
  try {
    for (const table of datasets.filter(({ on }) => on === 'warehouse')) {
      for (const statement of createTableSql(table, keys)) await warehouse.pool.query(statement)
    }
  } finally {
    await warehouse.close()
  }
  return database
}
