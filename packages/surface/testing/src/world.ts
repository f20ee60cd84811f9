import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Budget, type Channel, type Connection, type Model, type Pipeline, type Table, tableOfModel } from '@sluice/author'
import { configErrors, type Instant, type Interval, parseInstant } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { type InProcessOptions, type InProcessRun, openStores, type ProjectServices, runInProcess } from '@sluice/engine'
import { type Lake, openLake } from '@sluice/lake'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { createHttpClient } from '@sluice/sources'
import { createTableSql, migratePlatform, openWarehouse, type Warehouse } from '@sluice/warehouse'
import { keptLog, type LogLine } from './logs.ts'

export interface WorldOptions {
  readonly project?: string
  readonly timeZone?: string
  /** Created in the throwaway warehouse; a model on the warehouse stands for the table it writes. */
  readonly tables?: readonly (Table | Model)[]
  readonly connections?: Readonly<Record<string, Pick<Connection, 'url' | 'token'>>>
  readonly variables?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  /** What `budget(name)` finds. There is no ledger: the test says what the month has spent before, and what its other runs still need. */
  readonly budgets?: Readonly<Record<string, WorldBudget>>
}

export interface WorldBudget extends Omit<Budget, 'name'> {
  /** Credits; asked anew at each admission when a function. Default 0. */
  readonly spent?: number | (() => number)
  readonly needed?: number
  readonly now?: Instant
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
  /** What tasks sent with `notify.send`, in its order. Nothing leaves the world. */
  notifications(): Promise<readonly SentNotification[]>
  close(): Promise<void>
}

const selectNotifications = `
select channel ->> 'channel' as channel, channel ->> 'to' as "to", subject, text, html from public.sluice_outbox order by id`

export async function testWorld(options: WorldOptions = {}): Promise<World> {
  const { project = 'test', timeZone = 'UTC', tables = [] } = options
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-world-'))
  const database = await warehouseWith(tables)
  const warehouse = openWarehouse({ database: { url: database.url }, project, maxConnections: 2 })
  const duckdb = await openDuckDB({ threads: 1, memoryLimitMb: 512 })
  const stores = openStores({
    project,
    stateDir,
    warehouse: { ownerUrl: database.url, readerUrl: database.url },
    duckdb: { threads: 1, memoryLimitMb: 512 },
  })
  const services: ProjectServices = {
    ...stores,
    ...configured(options),
    http: ({ log, signal }) => createHttpClient({ log, signal, sleep: async () => {} }),
  }

  async function close(): Promise<void> {
    await stores.close()
    await warehouse.close()
    duckdb.close()
    await database.drop()
    await rm(stateDir, { recursive: true, force: true })
  }

  return {
    lake: openLake({ storage: join(stateDir, 'lake'), project, duckdb: () => Promise.resolve(duckdb) }),
    warehouse,
    async run(pipeline, { logicalTime = '2026-01-01T00:00:00Z', interval, ...rest } = {}) {
      const end = typeof logicalTime === 'number' ? logicalTime : (parseInstant(logicalTime) ?? Number.NaN)
      const logs: Record<string, LogLine[]> = {}
      const run = await runInProcess(pipeline, {
        project,
        timeZone,
        services,
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
    notifications: () => warehouse.pool.query<SentNotification>(selectNotifications),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function warehouseWith(tables: readonly (Table | Model)[]): Promise<TestDatabase> {
  const database = await testDatabase()
  await migratePlatform(database.url)
  const warehouse = openWarehouse({ database: { url: database.url }, project: 'test', maxConnections: 1 })
  try {
    for (const each of tables) {
      const table = each.kind === 'model' ? tableOfModel(each) : each
      for (const statement of createTableSql(table)) await warehouse.pool.query(statement)
    }
  } finally {
    await warehouse.close()
  }
  return database
}

function configured({
  connections = {},
  variables = {},
  secrets = {},
  budgets = {},
}: WorldOptions): Pick<ProjectServices, 'connection' | 'variable' | 'secret' | 'secrets' | 'budget'> {
  const look = <T>(what: string, values: Readonly<Record<string, T>>, name: string): T => {
    const value = values[name]
    if (value !== undefined) return value
    throw configErrors.missing(`the test world has no ${what} "${name}"`, { next: `Give it to testWorld under ${what}s.` })
  }
  return {
    secrets: Object.values(secrets),
    connection: (name) => ({ name, type: 'http', ...look('connection', connections, name) }),
    variable: (name) => look('variable', variables, name),
    secret: (name) => look('secret', secrets, name),
    budget: (name) => {
      const { spent = 0, needed = 0, now = Date.now(), ...budget } = look('budget', budgets, name)
      return { budget: { name, ...budget }, stand: async () => ({ now, needed, spent: typeof spent === 'function' ? spent() : spent }) }
    },
  }
}
