import type { AnyDataset, ForeignKey } from '@sluice/author'
import { notFound } from '@sluice/core'
import type { MigrateAnswer, MigrateRequest, WarehouseApi } from '@sluice/serve'
import { migrate, migrateBack, migratePlatform, migrationsStatus, openWarehouse, planMigration, type Warehouse } from '@sluice/warehouse'
import { queryNamed, readQueries } from './queries.ts'

/** One project's warehouse as the composition found or prepared it. */
export interface WarehousePlace {
  readonly project: string
  readonly ownerUrl: string
  readonly readerUrl: string
  /** Folder of the project's migrations; `null` when it has none. */
  readonly migrations: string | null
  /** Folder of its named queries, which need not exist. */
  readonly queries: string
  /** Those of the warehouse are what its migrations must have made. */
  readonly datasets: readonly AnyDataset[]
  /** Keys declared beside the datasets. */
  readonly keys: readonly ForeignKey[]
}

export interface WarehouseApiOptions {
  readonly projects: readonly string[]
  /** Asked when a project is first needed. */
  readonly place: (project: string) => Promise<WarehousePlace>
}

export function createWarehouseApi({ projects, place }: WarehouseApiOptions): WarehouseApi & { close(): Promise<void> } {
  const opened = new Map<string, Promise<{ place: WarehousePlace; warehouse: Warehouse }>>()
  const open = (project: string) => {
    if (!projects.includes(project)) {
      throw notFound(`there is no project ${project}`, {
        facts: { project },
        next: `Known are: ${projects.join(', ')}.`,
      })
    }
    const known = opened.get(project)
    if (known !== undefined) return known
    const opening = place(project).then((found) => ({
      place: found,
      warehouse: openWarehouse({ project, database: { url: found.ownerUrl }, readerUrl: found.readerUrl }),
    }))
    opened.set(project, opening)
    opening.catch(() => opened.delete(project))
    return opening
  }
  return {
    sql: async (project, text, options) => await (await open(project)).warehouse.sqlText(text, options),
    receipts: async ({ project } = {}) => {
      const asked = project === undefined ? projects : [project]
      return (await Promise.all(asked.map(async (name) => await (await open(name)).warehouse.receipts()))).flat()
    },
    queries: async (project) => await readQueries((await open(project)).place.queries),
    runQuery: async (project, name, options) => {
      const { place, warehouse } = await open(project)
      const { sql } = queryNamed(await readQueries(place.queries), project, name)
      return await warehouse.sqlText(sql, { ...options, params: options.params ?? {} })
    },
    migrate: async (project, request) => await runMigrations((await open(project)).place, request),
    close: async () => {
      for (const each of opened.values()) await (await each).warehouse.close()
    },
  }
}

async function runMigrations(place: WarehousePlace, request: MigrateRequest): Promise<MigrateAnswer> {
  const { project, ownerUrl, migrations, datasets, keys } = place
  const tables = datasets.filter(({ on }) => on === 'warehouse')
  const answer = (steps: MigrateAnswer['steps']): MigrateAnswer => ({ project, dryRun: request.dryRun ?? false, steps })
  if (migrations === null) {
    if (request.direction === 'up' && request.dryRun !== true) await migratePlatform(ownerUrl)
    return answer([])
  }
  const to = request.to ?? (request.direction === 'up' ? 'latest' : await oneBack(ownerUrl, migrations))
  if (request.dryRun === true) {
    const plan = await planMigration(ownerUrl, migrations, to)
    return answer(
      plan.filter((step) => step.direction === request.direction).map(({ direction, migration }) => ({ direction, id: migration.id })),
    )
  }
  const ids =
    request.direction === 'up'
      ? await migrate(ownerUrl, migrations, { tables, keys, ...(request.to === undefined ? {} : { to: request.to }) })
      : await migrateBack(ownerUrl, migrations, to)
  return answer(ids.map((id) => ({ direction: request.direction, id })))
}

async function oneBack(url: string, folder: string): Promise<string> {
  const { applied } = await migrationsStatus(url, folder)
  return applied.at(-2)?.id ?? 'none'
}
