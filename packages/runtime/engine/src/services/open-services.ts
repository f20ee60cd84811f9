import { join } from 'node:path'
import { type Json, SluiceError } from '@sluice/core'
import type { DuckDB } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import { createHttpClient } from '@sluice/sources'
import type { Warehouse } from '@sluice/warehouse'
import type { ProjectServices, ServicesOptions } from '../act/services.ts'
import { resolveConnection, type Settings, secret, secretValues, variable } from '../settings/index.ts'
import { once } from './once.ts'

/** What `startWorkers` hands to each worker process for this module. JSON; it holds secrets. */
export interface StoreOptions {
  readonly settings: Settings
  /** By project: the URLs of its two roles. */
  readonly warehouses: Readonly<Record<string, { readonly ownerUrl: string; readonly readerUrl: string }>>
  readonly duckdb: { readonly memoryLimitMb: number; readonly threads: number }
}

export const storeOptions = (options: StoreOptions): Json => options as unknown as Json

/**
 * The lake, warehouse and sources of one project. Each engine is imported and opened at its first use: a pipeline that touches no
 * data loads neither DuckDB nor a database client.
 */
export function openServices({ project, stateDir, options }: ServicesOptions): Promise<ProjectServices> {
  const { settings, warehouses, duckdb } = options as unknown as StoreOptions

  const duck = once<DuckDB>(async () => {
    const { openDuckDB } = await import('@sluice/duckdb')
    return openDuckDB({ ...duckdb, tempDirectory: join(stateDir, 'tmp', `duckdb-${process.pid}`) })
  })
  const lake = once<Lake>(async () => {
    const { openLake } = await import('@sluice/lake')
    return openLake({ root: join(stateDir, 'lake'), project, duckdb: duck.get })
  })
  const warehouse = once<Warehouse>(async () => {
    const urls = warehouses[project]
    if (urls === undefined) {
      throw new SluiceError('config.missing', `project ${project} has no warehouse`, {
        next: 'Restart the platform: it prepares one for each project of the configuration.',
      })
    }
    const { openWarehouse } = await import('@sluice/warehouse')
    return openWarehouse({ database: { url: urls.ownerUrl }, readerUrl: urls.readerUrl, project, maxConnections: 2 })
  })
  const transform = once(() => import('@sluice/transform'))

  return Promise.resolve({
    secrets: secretValues(settings),
    land: async (write, pages, { signal }) => (await lake.get()).land(write, pages, { signal }),
    lakeQuery: async (sql, refs) => (await lake.get()).query(sql, refs),
    warehouseQuery: async (sql) => (await warehouse.get()).query(sql as Parameters<Warehouse['query']>[0]),
    runModel: async (model, write, refs, interval, { signal }) =>
      (await transform.get()).runModel({ model, write, refs, interval, lake: await lake.get(), signal }),
    runLoad: async (load, write, ref, { signal }) =>
      (await transform.get()).runLoad({
        load,
        write,
        ref: ref as Parameters<Awaited<ReturnType<typeof transform.get>>['runLoad']>[0]['ref'],
        lake: await lake.get(),
        warehouse: await warehouse.get(),
        signal,
      }),
    http: ({ log, signal }) => createHttpClient({ log, signal }),
    connection: (name) => resolveConnection(settings, project, name),
    variable: (name) => variable(settings, project, name),
    secret: (name) => secret(settings, project, name),
    close: async () => {
      await (await warehouse.opened())?.close()
      ;(await duck.opened())?.close()
    },
  })
}
