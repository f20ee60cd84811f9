import type { DefinitionError } from '@sluice/author'
import { definitionErrors, firstOf, near, notFound, type SluiceError } from '@sluice/core'
import { type LoadedModelTest, loadModelTests } from '@sluice/definitions'
import { closeBegun, once } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import type { ModelTestResult } from '@sluice/transform'
import { withoutSecrets } from '../secrets.ts'
import { withMigratedDatabase } from './migrated-database.ts'

/** One test of a model: how its rows differ from those expected, or why it could not run. */
export interface TestedModel {
  readonly project: string
  readonly test: string
  readonly model: string
  readonly file: string
  readonly line: number | null
  readonly ok: boolean
  readonly result: ModelTestResult | null
  readonly fault: { readonly message: string; readonly next: string | null } | null
}

export interface TestedModels {
  readonly tests: readonly TestedModel[]
  /** Files of `models/` that do not load. */
  readonly errors: readonly DefinitionError[]
}

/**
 * Runs the tests that files of `models/` export, those of one model or of one name where it is given: models of the lake on a DuckDB of
 * their own, those of the warehouse on a throwaway database, which are opened only where there is such a test. @throws `not_found`
 */
export async function testModels(
  settings: Settings,
  { project, name }: { readonly project: string | undefined; readonly name: string | undefined },
): Promise<TestedModels> {
  const folders = settings.projects.filter((each) => project === undefined || each.project.name === project)
  const loaded = await Promise.all(
    folders.map(async ({ dir, project: { name: project, timeZone } }) => ({
      ...(await loadModelTests({
        project,
        root: settings.root,
        projectDir: dir,
        stateDir: settings.stateDir,
        environment: withoutSecrets(process.env, settings),
      })),
      project,
      dir,
      timeZone,
    })),
  )
  const isMeant = ({ name: test, model }: LoadedModelTest): boolean => name === undefined || test === name || model.name === name
  const all = loaded.flatMap(({ tests }) => tests)
  const errors = loaded.flatMap((each) => each.errors)
  // What does not load may hold the one that is meant.
  if (name !== undefined && !all.some(isMeant) && errors.length === 0) throw unknown(name, all)
  const tested: TestedModel[] = []
  for (const { project, dir, timeZone, tests } of loaded) {
    const meant = tests.filter(isMeant)
    const inLake = meant.filter(({ model }) => model.into.on === 'lake')
    const inWarehouse = meant.filter(({ model }) => model.into.on === 'warehouse')
    if (inLake.length > 0) tested.push(...(await testedInLake(project, timeZone, inLake)))
    if (inWarehouse.length > 0) tested.push(...(await testedInWarehouse(settings, { project, timeZone, dir }, inWarehouse)))
  }
  return { tests: tested, errors }
}

async function testedInLake(project: string, timeZone: string, tests: readonly LoadedModelTest[]): Promise<readonly TestedModel[]> {
  const [{ openDuckDB }, { testInLake }] = await Promise.all([import('@sluice/duckdb'), import('@sluice/transform')])
  const duckdb = once(() => openDuckDB({ threads: 1 }))
  try {
    return await eachOf(project, tests, async (test) => await testInLake(test, timeZone, await duckdb()))
  } finally {
    await closeBegun(duckdb)
  }
}

async function testedInWarehouse(
  settings: Settings,
  { project, timeZone, dir }: { readonly project: string; readonly timeZone: string; readonly dir: string },
  tests: readonly LoadedModelTest[],
): Promise<readonly TestedModel[]> {
  const { testInWarehouse } = await import('@sluice/transform')
  return await withMigratedDatabase(settings, dir, (pool) => eachOf(project, tests, (test) => testInWarehouse(test, timeZone, pool)))
}

async function eachOf(
  project: string,
  tests: readonly LoadedModelTest[],
  run: (test: LoadedModelTest) => Promise<ModelTestResult>,
): Promise<readonly TestedModel[]> {
  const tested: TestedModel[] = []
  for (const test of tests) {
    const { name, model, file, line } = test
    const about = { project, test: name, model: model.name, file, line }
    try {
      const result = await run(test)
      tested.push({ ...about, ok: result.differences.length === 0, result, fault: null })
    } catch (thrown) {
      if (!definitionErrors.invalid.is(thrown)) throw thrown
      tested.push({ ...about, ok: false, result: null, fault: { message: thrown.message, next: thrown.next ?? null } })
    }
  }
  return tested
}

const mostListed = 20

function unknown(name: string, all: readonly LoadedModelTest[]): SluiceError {
  const known = [...new Set(all.flatMap((test) => [test.name, test.model.name]))]
  const meant = near(name, known)
  return notFound(`there is no model test ${name}`, {
    facts: { name, near: meant },
    next:
      meant.length > 0
        ? `Did you mean ${meant.join(' or ')}?`
        : known.length > 0
          ? `There are ${firstOf(known, mostListed)}.`
          : 'Export one from a file of models/: export const empty = given(model, { source: [] }, { expect: [] }).',
  })
}
