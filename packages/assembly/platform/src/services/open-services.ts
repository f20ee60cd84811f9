import type { Json } from '@sluice/core'
import type { ProjectServices, ServicesOptions } from '@sluice/engine'
import { type DuckDBLimits, openStores, type WarehouseUrls } from '@sluice/engine'
import { resolveConnection, type Settings, secret, secretValues, variable } from '@sluice/settings'
import { createHttpClient } from '@sluice/sources'
import { openBudgets } from './open-budgets.ts'

/** What `startWorkers` hands to each worker process for this module. JSON; it holds secrets. */
export interface StoreOptions {
  readonly settings: Settings
  readonly warehouses: Readonly<Record<string, WarehouseUrls>>
  readonly duckdb: DuckDBLimits
}

export const storeOptions = (options: StoreOptions): Json => options as unknown as Json

/** What tasks of one project use: its stores, HTTP under retries, and the configured connections, variables, secrets and budgets. */
export function openServices({ project, stateDir, databaseUrl, options }: ServicesOptions): Promise<ProjectServices> {
  const { settings, warehouses, duckdb } = options as unknown as StoreOptions
  const lakePolicy = settings.projects.find((each) => each.project.name === project)?.project.lake ?? {}
  const stores = openStores({ project, stateDir, lakeUrl: settings.lakeUrl, warehouse: warehouses[project], duckdb, lakePolicy })
  const budgets = openBudgets({ settings, project, databaseUrl })
  return Promise.resolve({
    ...stores,
    ...budgets,
    secrets: secretValues(settings),
    http: ({ log, signal }) => createHttpClient({ log, signal }),
    connection: (name) => resolveConnection(settings, project, name),
    variable: (name) => variable(settings, project, name),
    secret: (name) => secret(settings, project, name),
    close: async () => {
      await budgets.close()
      await stores.close()
    },
  })
}
