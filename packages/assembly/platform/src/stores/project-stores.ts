import { join } from 'node:path'
import { bugErrors } from '@sluice/core'
import type { ProjectLakes } from '@sluice/lake'
import { stateLakes } from '@sluice/lake/capability'
import { closeBegun, lazily, once } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import type { ProjectWarehouses } from '@sluice/warehouse'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { Database } from '../database/database.ts'
import { type ScratchDoor, scratchDoor } from '../database/scratch.ts'
import { definitionsNow, type ProjectDefinitions } from '../definitions/definitions.ts'
import { duckdbLimits } from './duckdb.ts'
import type { prepareWarehouseOf } from './prepare.ts'

export type UrlsByProject = Readonly<Record<string, WarehouseUrls>>

export interface ProjectStores {
  readonly lakes: ProjectLakes
  readonly warehouses: ProjectWarehouses
  /** Brings the databases, roles and tables of all projects up to date. Gives the URLs that the workers connect to. */
  prepareWarehouses(): Promise<UrlsByProject>
  /** The same URLs; tables may not exist yet. */
  warehouseUrls(): Promise<UrlsByProject>
  /** Those of one project. */
  warehouseUrlsOf(project: string): Promise<WarehouseUrls>
  /** Databases in which migrations are tried out. */
  readonly scratch: ScratchDoor
  close(): Promise<void>
}

/** Lakes and warehouses of all projects. Their packages, DuckDB above all, are loaded at the first question. */
export function openProjectStores(of: {
  readonly settings: Settings
  readonly database: () => Promise<Database>
  readonly definitions: () => Promise<readonly ProjectDefinitions[]>
  /** Who makes the warehouses, where this process may not. */
  readonly warehouseUrlsOf?: ((project: string) => Promise<WarehouseUrls>) | undefined
  readonly scratch?: ScratchDoor | undefined
  readonly note: (text: string) => void
}): ProjectStores {
  const { projects: folders, stateDir, lakeUrl } = of.settings
  const { limits, turns, memoryMb } = of.settings.queries
  const queriesAtOnce = turns.all + turns.kept
  const projects = folders.map(({ project }) => project.name)
  const policies = Object.fromEntries(folders.map(({ project }) => [project.name, project.lake]))
  const state = stateLakes({ stateDir, lakeUrl, duckdb: duckdbLimits(2) })
  const answerProcesses = once(async () => {
    const { openAnswerProcesses } = await import('@sluice/lake')
    const place = lakeUrl === null ? { folder: join(stateDir, 'lake') } : { url: lakeUrl }
    // One for each turn that serve gives, and those share what the reader of the lake would have.
    const memoryLimitMb = memoryMb ?? Math.max(256, Math.min(1_024, Math.floor(duckdbLimits(2).memoryLimitMb / queriesAtOnce)))
    return openAnswerProcesses({ place, scratch: join(stateDir, 'tmp', 'answers'), most: queriesAtOnce, memoryLimitMb, warmFor: projects })
  })
  const lakes = once(async () => {
    const { openLakes, policyOf } = await import('@sluice/lake')
    const answers = await answerProcesses()
    const keeping = async (project: string) => policyOf(policies[project] ?? {}, (await definitionsOf(project)).datasets)
    return openLakes({ storage: await state.storage(), projects, duckdb: state.duckdb, answers, limits, policies, keeping })
  })
  const prepared = new Map(projects.map((project) => [project, once(() => prepare(project))]))
  const warehouses = once(async () => {
    const { openWarehouses } = await import('@sluice/warehouse')
    return openWarehouses({
      projects,
      toParquet: async (...rows) => await (await import('./csv-to-parquet.ts')).csvToParquet(state.duckdb)(...rows),
      limits,
      queriesAtOnce,
      note: of.note,
      makeScratch: async (project, template) => {
        const made = await scratch.make(project, template)
        return { ...made, drop: () => scratch.drop(made.name) }
      },
      declaredOf: async (project) => {
        const { dir, datasets, keys, errors } = await definitionsNow(of.settings, await definitionsOf(project))
        const { migrationsIn, schemaIn } = await import('./prepare.ts')
        return { folder: dir, migrations: await migrationsIn(dir), schema: await schemaIn(dir), datasets, keys, errors }
      },
      setupOf: async (project) => (await (prepared.get(project)?.() ?? prepare(project))).setup,
    })
  })

  async function definitionsOf(project: string): Promise<ProjectDefinitions> {
    const found = (await of.definitions()).find(({ name }) => name === project)
    if (found === undefined) throw bugErrors.unreachable(`the definitions of ${project} were not loaded`)
    return found
  }

  async function prepare(project: string): ReturnType<typeof prepareWarehouseOf> {
    const [found, { prepareWarehouseOf: make, warehouseSetup }] = await Promise.all([definitionsOf(project), import('./prepare.ts')])
    if (of.warehouseUrlsOf !== undefined) return { setup: await warehouseSetup(found, await of.warehouseUrlsOf(project)), notes: [] }
    return await make(stateDir, (await of.database()).adminUrl, found)
  }

  async function urlsOf(project: string): Promise<WarehouseUrls> {
    const { ownerUrl, readerUrl } = (await (prepared.get(project)?.() ?? prepare(project))).setup
    return { ownerUrl, readerUrl }
  }

  const scratch =
    of.scratch ??
    scratchDoor(
      async () => (await of.database()).adminUrl,
      async (project) => (await urlsOf(project)).ownerUrl,
    )

  return {
    lakes: lazily(lakes),
    warehouses: lazily(warehouses),
    prepareWarehouses: async () => {
      const urls: [string, WarehouseUrls][] = []
      for (const [project, made] of prepared) {
        const warehouse = await (await warehouses()).of(project)
        await warehouse.migrate({ direction: 'up' })
        const {
          setup: { ownerUrl, readerUrl },
          notes,
        } = await made()
        for (const sentence of notes) of.note(`warehouse of ${project}: ${sentence}`)
        urls.push([project, { ownerUrl, readerUrl }])
      }
      return Object.fromEntries(urls)
    },
    warehouseUrls: async () =>
      Object.fromEntries(await Promise.all(projects.map(async (project) => [project, await urlsOf(project)] as const))),
    warehouseUrlsOf: urlsOf,
    scratch,
    close: async () => {
      await closeBegun(warehouses)
      await closeBegun(answerProcesses)
      await state.close()
    },
  }
}
