import { join } from 'node:path'
import type { LakePolicy } from '@sluice/author'
import { configErrors } from '@sluice/core'
import type { DuckDB } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import { once } from '@sluice/process'
import type { Warehouse } from '@sluice/warehouse'
import type { ProjectServices } from '../act/services.ts'
import { queueMessage } from './queue-message.ts'

/** The URLs of a warehouse's two roles. They hold passwords. */
export interface WarehouseUrls {
  readonly ownerUrl: string
  readonly readerUrl: string
}

export interface DuckDBLimits {
  readonly memoryLimitMb: number
  readonly threads: number
}

export interface StoresOptions {
  readonly project: string
  readonly stateDir: string
  /** The bucket that holds the lake; a folder of the state unless given. */
  readonly lakeUrl?: string | null
  /** `undefined`: the project has none, and using it is an error that says so. */
  readonly warehouse: WarehouseUrls | undefined
  readonly duckdb: DuckDBLimits
  readonly lakePolicy?: LakePolicy
}

export type Stores = Pick<
  ProjectServices,
  'land' | 'exportGold' | 'lakeQuery' | 'warehouseQuery' | 'runModel' | 'runLoad' | 'retain' | 'notify' | 'close'
>

/** Maintenance after a commit that failed: the next commit tries again, the process's stderr tells. */
const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error))

/**
 * Lake and warehouse of one project. Each engine is imported and opened at its first use: a pipeline that touches no data loads
 * neither DuckDB nor a database client.
 */
export function openStores({ project, stateDir, lakeUrl = null, warehouse: urls, duckdb, lakePolicy = {} }: StoresOptions): Stores {
  const duck = once<DuckDB>(async () => {
    const { openDuckDB } = await import('@sluice/duckdb')
    return openDuckDB({ ...duckdb, tempDirectory: join(stateDir, 'tmp', `duckdb-${process.pid}`) })
  })
  const lake = once<Lake>(async () => {
    const { openLake, storageOf } = await import('@sluice/lake')
    return openLake({ storage: await storageOf(stateDir, lakeUrl), project, duckdb: duck, policy: lakePolicy, onTrouble: warn })
  })
  const warehouse = once<Warehouse>(async () => {
    if (urls === undefined) {
      throw configErrors.missing(`project ${project} has no warehouse`, {
        next: 'Restart the platform: it prepares one for each project of the configuration.',
      })
    }
    const { openWarehouse } = await import('@sluice/warehouse')
    return openWarehouse({ database: { url: urls.ownerUrl }, readerUrl: urls.readerUrl, project, maxConnections: 2 })
  })
  const transform = once(() => import('@sluice/transform'))

  return {
    land: async (write, pages, { signal }) => (await lake()).land(write, pages, { signal }),
    exportGold: async (write, request) => (await lake()).export(write, request),
    lakeQuery: async (sql, refs) => (await lake()).query(sql, refs),
    warehouseQuery: async (sql) => (await warehouse()).query(sql as Parameters<Warehouse['query']>[0]),
    runModel: async (model, write, refs, interval, { signal }) => {
      const { runModel, runWarehouseModel } = await transform()
      return model.on === 'lake'
        ? await runModel({ model, write, refs, interval, lake: await lake(), signal })
        : await runWarehouseModel({ model, write, refs, interval, warehouse: await warehouse(), signal })
    },
    runLoad: async (load, write, ref, { signal }) => {
      const { runLoad } = await transform()
      const from = ref as Parameters<typeof runLoad>[0]['ref']
      return await runLoad({ load, write, ref: from, lake: await lake(), warehouse: await warehouse(), signal })
    },
    retain: async (retention, write, { signal }) => {
      const receipt = await (await warehouse()).retain({ ...retention, write, signal })
      return { receipt, deleted: receipt.rowsDeleted }
    },
    notify: async (message) => await queueMessage((await warehouse()).pool, message),
    close: async () => {
      await (await warehouse.begun())?.close()
      ;(await duck.begun())?.close()
    },
  }
}
