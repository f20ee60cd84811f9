import { lakesOf } from '@sluice/lake/capability'
import { once } from '@sluice/process'
import type { LakeApi, WarehouseApi } from '@sluice/serve'
import type { Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { Database } from '../database/database.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { duckdbLimits } from './duckdb.ts'
import type { WarehousePlace } from './warehouse-api.ts'

/** By project. */
export type WarehousesUrls = Readonly<Record<string, WarehouseUrls>>

export interface Stores {
  readonly lake: LakeApi
  readonly warehouse: WarehouseApi
  /** Databases, roles and tables of all projects as their migrations say; where the workers find them. */
  prepareWarehouses(): Promise<WarehousesUrls>
  /** Where they are, as `prepareWarehouses`; their tables may not be there yet. */
  places(): Promise<WarehousesUrls>
  close(): Promise<void>
}

/** Lake and warehouses behind the API's ports. Their packages, DuckDB above all, are loaded with the first question. */
export function openStores(of: {
  readonly settings: Settings
  readonly database: () => Promise<Database>
  readonly definitions: () => Promise<readonly ProjectDefinitions[]>
}): Stores {
  const { settings } = of
  const projects = settings.projects.map(({ project }) => project.name)
  const policies = Object.fromEntries(settings.projects.map(({ project }) => [project.name, project.lake]))
  const packages = (): Promise<typeof import('./index.ts')> => import('./index.ts')
  const { stateDir, lakeUrl } = settings
  const lakes = lakesOf({ stateDir, lakeUrl, duckdb: duckdbLimits(2) })
  const lake = once(async () => {
    const { createLakeApi, policyOf } = await packages()
    const keeping = async (project: string) => policyOf(policies[project] ?? {}, (await definitionsOf(project))?.datasets ?? [])
    return createLakeApi({ storage: await lakes.storage(), projects, duckdb: lakes.duckdb, policies, keeping })
  })
  const places = new Map(projects.map((project) => [project, once(() => placeOf(project))]))
  const warehouse = once(async () =>
    (await packages()).createWarehouseApi({ projects, place: (project) => places.get(project)?.() ?? placeOf(project) }),
  )

  async function definitionsOf(project: string): Promise<ProjectDefinitions | undefined> {
    return (await of.definitions()).find(({ name }) => name === project)
  }

  async function placeOf(project: string): Promise<WarehousePlace> {
    const [{ adminUrl }, found, { prepareWarehouseOf }] = await Promise.all([of.database(), definitionsOf(project), packages()])
    return await prepareWarehouseOf(settings.stateDir, adminUrl, {
      project,
      database: found?.database ?? project,
      folder: found?.dir ?? '',
      datasets: found?.datasets ?? [],
      keys: found?.keys ?? [],
    })
  }

  return {
    lake: {
      tables: async (filter) => await (await lake()).tables(filter),
      receipts: async (filter) => await (await lake()).receipts(filter),
      history: async (target) => await (await lake()).history(target),
      read: async (target, signal) => await (await lake()).read(target, signal),
      sql: async (...given) => await (await lake()).sql(...given),
      sqlFile: async (...given) => await (await lake()).sqlFile(...given),
      optimize: async (...given) => await (await lake()).optimize(...given),
      vacuum: async (...given) => await (await lake()).vacuum(...given),
      restore: async (...given) => await (await lake()).restore(...given),
      retain: async (...given) => await (await lake()).retain(...given),
      export: async (...given) => await (await lake()).export(...given),
      verify: async (...given) => await (await lake()).verify(...given),
      restoreExport: async (...given) => await (await lake()).restoreExport(...given),
    },
    warehouse: {
      sql: async (project, text, options) => await (await warehouse()).sql(project, text, options),
      receipts: async (filter) => await (await warehouse()).receipts(filter),
      queries: async (project) => await (await warehouse()).queries(project),
      runQuery: async (project, name, options) => await (await warehouse()).runQuery(project, name, options),
      migrate: async (project, request) => await (await warehouse()).migrate(project, request),
    },
    prepareWarehouses: async () => {
      const urls: [string, WarehouseUrls][] = []
      for (const [project, place] of places) {
        await (await warehouse()).migrate(project, { direction: 'up' })
        const { ownerUrl, readerUrl } = await place()
        urls.push([project, { ownerUrl, readerUrl }])
      }
      return Object.fromEntries(urls)
    },
    places: async () => {
      const urls = [...places].map(async ([project, place]) => [project, await place()] as const)
      return Object.fromEntries(await Promise.all(urls))
    },
    close: async () => {
      await (await warehouse.begun()?.catch(() => undefined))?.close()
      await lakes.close()
    },
  }
}
