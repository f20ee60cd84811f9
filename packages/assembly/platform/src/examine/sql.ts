import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DefinitionError, datasetsIn } from '@sluice/author'
import { isSluiceError, type SluiceError, type Store } from '@sluice/core'
import { type LoadedCheck, type LoadedModel, type SqlFault, type StepWithSql, sqlErrors } from '@sluice/definitions'
import { postgresErrors } from '@sluice/postgres'
import { once } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import type { CheckFinding, ExaminedCheck, ExaminedModel, ModelFinding, PersonalFindings } from '@sluice/transform'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { withMigratedDatabase } from './migrated-database.ts'
import { isOfMigrations } from './migrations.ts'

export interface Examined {
  readonly errors: readonly DefinitionError[]
  /** What could not be looked at, and why, a sentence each. */
  readonly left: readonly string[]
}

/**
 * What is wrong with the SQL of models and checks, without a row: what does not bind, columns that are not those of the dataset, rules that
 * say neither yes nor no, columns made of personal ones that do not say so. DuckDB describes what runs in the lake over an empty one,
 * PostgreSQL what runs in the warehouse over the tables of a throwaway database. Either is opened only for a project that has such steps.
 * Where a server was given that does not answer or lets nobody make a database, the SQL of the warehouse is left.
 */
export async function examineSql(settings: Settings, definitions: readonly ProjectDefinitions[]): Promise<Examined> {
  const examined = await Promise.all(definitions.map((project) => examineProject(settings, project)))
  return { errors: examined.flatMap(({ errors }) => errors), left: examined.flatMap(({ left }) => left) }
}

async function examineProject(settings: Settings, project: ProjectDefinitions): Promise<Examined> {
  const { name, versionDir } = project
  const [inLake, inWarehouse] = [stepsOf(project, 'lake'), stepsOf(project, 'warehouse')]
  const [ofLake, ofWarehouse, personal] = await Promise.all([
    isEmpty(inLake) ? [] : lakeFaults(name, inLake),
    isEmpty(inWarehouse) ? [] : warehouseFaults(settings, project, inWarehouse).catch(unlessOutOfReach),
    personalFindings([...inLake.models, ...inWarehouse.models]),
  ])
  const left = [
    // What is wrong with a migration is told where it stands.
    ...(isSluiceError(ofWarehouse) && !isOfMigrations(ofWarehouse)
      ? [`The SQL of the warehouse of ${name} was not examined: ${ofWarehouse.message}. ${ofWarehouse.next ?? ''}`.trimEnd()]
      : []),
    ...personal.unread.map(
      (model) => `Personal columns were not followed through model ${model.name} of ${name}: its SQL does not parse in DuckDB.`,
    ),
  ]
  const found = [
    ...ofLake,
    ...(isSluiceError(ofWarehouse) ? [] : ofWarehouse),
    ...personal.found.map(({ model, fault }) => sqlFault(model, fault)),
  ]
  return { errors: sqlErrors(name, versionDir, found), left }
}

function sqlFault(step: StepWithSql, { message, next, facts }: SluiceError): SqlFault {
  // `column` is a name in faults of columns, and a number in faults of the text.
  const words = [facts.word, facts.column].filter((word) => typeof word === 'string')
  return { step, message, next: next ?? null, words }
}

/** Definitions can be checked where no database is to be had. */
function unlessOutOfReach(thrown: unknown): SluiceError {
  if (!isSluiceError(thrown)) throw thrown
  if (postgresErrors.unavailable.is(thrown) || thrown.facts.sqlstate === denied || isOfMigrations(thrown)) return thrown
  throw thrown
}

const denied = '42501'

/** Models and checks that run in one store, with the datasets by id. */
interface StepsOfStore {
  readonly models: readonly ExaminedModel<LoadedModel>[]
  readonly checks: readonly ExaminedCheck<LoadedCheck>[]
}

const isEmpty = ({ models, checks }: StepsOfStore): boolean => models.length + checks.length === 0

function stepsOf({ models, checks, datasets: all }: ProjectDefinitions, store: Store): StepsOfStore {
  const datasets = new Map(all.map((dataset) => [dataset.id, dataset]))
  return {
    models: models.filter(({ into }) => into.startsWith(`${store}.`)).map((model) => ({ model, datasets })),
    checks: checks.filter((check) => check.store === store).map((check) => ({ check, datasets })),
  }
}

async function lakeFaults(project: string, { models, checks }: StepsOfStore): Promise<readonly SqlFault[]> {
  const [{ openDuckDB }, { openLake }, { examineInLake, examineChecksInLake }] = await Promise.all([
    import('@sluice/duckdb'),
    import('@sluice/lake'),
    import('@sluice/transform'),
  ])
  const folder = await mkdtemp(join(tmpdir(), 'sluice-examine-'))
  const duckdb = once(() => openDuckDB({ threads: 1 }))
  try {
    const lake = openLake({ storage: folder, project, duckdb })
    return faultsOf(await examineInLake(models, lake), await examineChecksInLake(checks, lake))
  } finally {
    ;(await duckdb()).close()
    await rm(folder, { recursive: true, force: true })
  }
}

const faultsOf = (models: readonly ModelFinding<LoadedModel>[], checks: readonly CheckFinding<LoadedCheck>[]): readonly SqlFault[] => [
  ...models.map(({ model, fault }) => sqlFault(model, fault)),
  ...checks.map(({ check, fault }) => sqlFault(check, fault)),
]

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

async function warehouseFaults(
  settings: Settings,
  { dir, datasets }: ProjectDefinitions,
  { models, checks }: StepsOfStore,
): Promise<readonly SqlFault[]> {
  return await withMigratedDatabase(settings, dir, async (pool) => {
    const [{ makeDeclared }, { examineInWarehouse, examineChecksInWarehouse }] = await Promise.all([
      import('@sluice/warehouse'),
      import('@sluice/transform'),
    ])
    const tables = datasets.filter(({ on }) => on === 'warehouse')
    await makeDeclared(pool, tables)
    return faultsOf(await examineInWarehouse(models, pool), await examineChecksInWarehouse(checks, pool))
  })
}
