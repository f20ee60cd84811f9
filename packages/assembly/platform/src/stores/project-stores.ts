import { bugErrors } from '@sluice/core'
import type { ProjectLakes } from '@sluice/lake'
import { stateLakes } from '@sluice/lake/capability'
import { closeBegun, lazily, once } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import type { ProjectWarehouses, WarehouseSetup } from '@sluice/warehouse'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { Database } from '../database/database.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { duckdbLimits } from './duckdb.ts'

export type UrlsByProject = Readonly<Record<string, WarehouseUrls>>

export interface ProjectStores {
  readonly lakes: ProjectLakes
  readonly warehouses: ProjectWarehouses
  /** Brings the databases, roles and tables of all projects up to date. Gives the URLs that the workers connect to. */
  prepareWarehouses(): Promise<UrlsByProject>
  /** The same URLs; tables may not exist yet. */
  warehouseUrls(): Promise<UrlsByProject>
  close(): Promise<void>
}

/** Lakes and warehouses of all projects. Their packages, DuckDB above all, are loaded at the first question. */
export function openProjectStores(of: {
  readonly settings: Settings
  readonly database: () => Promise<Database>
  readonly definitions: () => Promise<readonly ProjectDefinitions[]>
}): ProjectStores {
  const { projects: folders, stateDir, lakeUrl } = of.settings
  const projects = folders.map(({ project }) => project.name)
  const policies = Object.fromEntries(folders.map(({ project }) => [project.name, project.lake]))
  const state = stateLakes({ stateDir, lakeUrl, duckdb: duckdbLimits(2) })
  const lakes = once(async () => {
    const { openLakes, policyOf } = await import('@sluice/lake')
    const keeping = async (project: string) => policyOf(policies[project] ?? {}, (await definitionsOf(project)).datasets)
    return openLakes({ storage: await state.storage(), projects, duckdb: state.duckdb, policies, keeping })
  })
  const setups = new Map(projects.map((project) => [project, once(() => setupOf(project))]))
  const warehouses = once(async () => {
    const { openWarehouses } = await import('@sluice/warehouse')
    return openWarehouses({ projects, setupOf: (project) => setups.get(project)?.() ?? setupOf(project) })
  })

  async function definitionsOf(project: string): Promise<ProjectDefinitions> {
    const found = (await of.definitions()).find(({ name }) => name === project)
    if (found === undefined) throw bugErrors.unreachable(`the definitions of ${project} were not loaded`)
    return found
  }

  async function setupOf(project: string): Promise<WarehouseSetup> {
    const [{ adminUrl }, found, { prepareWarehouseOf }] = await Promise.all([of.database(), definitionsOf(project), import('./prepare.ts')])
    return await prepareWarehouseOf(stateDir, adminUrl, found)
  }

  return {
    lakes: lazily(lakes),
    warehouses: lazily(warehouses),
    prepareWarehouses: async () => {
      const urls: [string, WarehouseUrls][] = []
      for (const [project, setup] of setups) {
        const warehouse = await (await warehouses()).of(project)
        await warehouse.migrate({ direction: 'up' })
        const { ownerUrl, readerUrl } = await setup()
        urls.push([project, { ownerUrl, readerUrl }])
      }
      return Object.fromEntries(urls)
    },
    warehouseUrls: async () => {
      const urls = [...setups].map(async ([project, setup]) => [project, await setup()] as const)
      return Object.fromEntries(await Promise.all(urls))
    },
    close: async () => {
      await closeBegun(warehouses)
      await state.close()
    },
  }
}
