import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DefinitionError, datasetsIn } from '@sluice/author'
import { isSluiceError, type SluiceError } from '@sluice/core'
import { type LoadedModel, modelErrors } from '@sluice/definitions'
import { postgresErrors } from '@sluice/postgres'
import { once } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import type { ExaminedModel, ModelFinding, PersonalFindings } from '@sluice/transform'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { withMigratedDatabase } from './migrated-database.ts'

export interface Examined {
  readonly errors: readonly DefinitionError[]
  /** What could not be looked at, and why, a sentence each. */
  readonly left: readonly string[]
}

/**
 * What is wrong with the queries of models, without a row: SQL that does not bind, columns that are not those of the dataset, columns made
 * of personal ones that do not say so. DuckDB describes those of the lake over an empty one, PostgreSQL those of the warehouse over the
 * tables of a throwaway database. Either is opened only for a project that has such models. Where a server was given that does not answer
 * or lets nobody make a database, the models of the warehouse are left.
 */
export async function examineModels(settings: Settings, definitions: readonly ProjectDefinitions[]): Promise<Examined> {
  const examined = await Promise.all(definitions.map((project) => examineProject(settings, project)))
  return { errors: examined.flatMap(({ errors }) => errors), left: examined.flatMap(({ left }) => left) }
}

async function examineProject(settings: Settings, project: ProjectDefinitions): Promise<Examined> {
  const { name, versionDir } = project
  const [inLake, inWarehouse] = [modelsOf(project, 'lake.'), modelsOf(project, 'warehouse.')]
  const [ofLake, ofWarehouse, personal] = await Promise.all([
    inLake.length === 0 ? [] : lakeFindings(name, inLake),
    inWarehouse.length === 0 ? [] : warehouseFindings(settings, project, inWarehouse).catch(unlessOutOfReach),
    personalFindings([...inLake, ...inWarehouse]),
  ])
  const left = [
    ...(isSluiceError(ofWarehouse)
      ? [`The models of the warehouse of ${name} were not examined: ${ofWarehouse.message}. ${ofWarehouse.next ?? ''}`.trimEnd()]
      : []),
    ...personal.unread.map(
      (model) => `Personal columns were not followed through model ${model.name} of ${name}: its SQL does not parse in DuckDB.`,
    ),
  ]
  const found = [...ofLake, ...(isSluiceError(ofWarehouse) ? [] : ofWarehouse), ...personal.found]
  const faults = found.map(({ model, fault }) => ({ model, message: fault.message, next: fault.next ?? null }))
  return { errors: modelErrors(name, versionDir, faults), left }
}

/** Definitions can be checked where no database is to be had. */
function unlessOutOfReach(thrown: unknown): SluiceError {
  if (isSluiceError(thrown) && (postgresErrors.unavailable.is(thrown) || thrown.facts.sqlstate === denied)) return thrown
  throw thrown
}

const denied = '42501'

function modelsOf({ models, datasets }: ProjectDefinitions, store: string): readonly ExaminedModel<LoadedModel>[] {
  const byId = new Map(datasets.map((dataset) => [dataset.id, dataset]))
  return models.filter(({ into }) => into.startsWith(store)).map((model) => ({ model, datasets: byId }))
}

type Findings = readonly ModelFinding<LoadedModel>[]

async function lakeFindings(project: string, models: readonly ExaminedModel<LoadedModel>[]): Promise<Findings> {
  const [{ openDuckDB }, { openLake }, { examineInLake }] = await Promise.all([
    import('@sluice/duckdb'),
    import('@sluice/lake'),
    import('@sluice/transform'),
  ])
  const folder = await mkdtemp(join(tmpdir(), 'sluice-examine-'))
  const duckdb = once(() => openDuckDB({ threads: 1 }))
  try {
    return await examineInLake(models, openLake({ storage: folder, project, duckdb }))
  } finally {
    ;(await duckdb()).close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** DuckDB is loaded only where a model reads a personal column. */
async function personalFindings(models: readonly ExaminedModel<LoadedModel>[]): Promise<PersonalFindings<LoadedModel>> {
  const followed = models.filter(readsPersonal)
  if (followed.length === 0) return { found: [], unread: [] }
  const [{ openDuckDB }, { examinePersonal }] = await Promise.all([import('@sluice/duckdb'), import('@sluice/transform')])
  const duckdb = await openDuckDB({ threads: 1 })
  try {
    return await examinePersonal(followed, await duckdb.connect())
  } finally {
    duckdb.close()
  }
}

/** As far as datasets say so. */
const readsPersonal = ({ model, datasets }: ExaminedModel): boolean =>
  datasetsIn(model.sql).some((id) => Object.values(datasets.get(id)?.columns ?? {}).some(({ personal }) => personal))

async function warehouseFindings(
  settings: Settings,
  { dir, datasets }: ProjectDefinitions,
  models: readonly ExaminedModel<LoadedModel>[],
): Promise<Findings> {
  return await withMigratedDatabase(settings, dir, async (pool) => {
    const [{ makeDeclared }, { examineInWarehouse }] = await Promise.all([import('@sluice/warehouse'), import('@sluice/transform')])
    const tables = datasets.filter(({ on }) => on === 'warehouse')
    await makeDeclared(pool, tables)
    return await examineInWarehouse(models, pool)
  })
}
