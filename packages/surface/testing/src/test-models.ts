import { AssertionError } from 'node:assert'
import { type ModelTest, modelTestSpec, optionNames, refuseOddOptions } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { openPool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing/database'
import { differencesText, type ModelTestResult, testInLake, testInWarehouse } from '@sluice/transform'
import { migratePlatform } from '@sluice/warehouse'

/** `test` of Vitest, of `node:test`, or of another runner of that form. */
export type Declare = (name: string, run: () => Promise<void>) => unknown

/** How `testModels` runs them. */
export interface TestModelsOptions {
  /** In which days are meant. UTC unless given. */
  readonly timeZone?: string
}

const names = optionNames<TestModelsOptions>({ timeZone: true })

/**
 * Declares a test of the runner for each model test that a module exports: `testModels(test, await import('../models/tests.ts'))`. One that
 * fails shows the rows that differ. A model of the lake runs on a DuckDB of its own, one of the warehouse in a database of its own.
 * @throws `definition.invalid` for a module that exports none
 */
export function testModels(test: Declare, tests: Readonly<Record<string, unknown>>, options: TestModelsOptions = {}): void {
  refuseOddOptions('testModels', options, names)
  const { timeZone = 'UTC' } = options
  const found = Object.entries(tests).flatMap(([name, each]) => (isModelTest(each) ? [{ name, each }] : []))
  if (found.length === 0)
    throw definitionErrors.invalid('testModels was given no model test', {
      facts: { names: Object.keys(tests) },
      next: "Give it the module that exports them: import * as tests from '../models/tests.ts'.",
    })
  for (const { name, each } of found) {
    test(`${each.model.name}: ${name}`, async () => {
      const result = await (each.model.into.on === 'lake' ? inLake : inWarehouse)(each, timeZone)
      if (result.differences.length > 0) throw failed(name, each, result)
    })
  }
}

const isModelTest = (value: unknown): value is ModelTest =>
  typeof value === 'object' && value !== null && Reflect.get(value, 'kind') === 'model_test'

async function inLake(test: ModelTest, timeZone: string): Promise<ModelTestResult> {
  const duckdb = await openDuckDB({ threads: 1 })
  try {
    return await testInLake(modelTestSpec(test), timeZone, duckdb)
  } finally {
    duckdb.close()
  }
}

async function inWarehouse(test: ModelTest, timeZone: string): Promise<ModelTestResult> {
  await using database = await testDatabase()
  await migratePlatform(database.url)
  const pool = openPool(database.url, { max: 2 })
  try {
    return await testInWarehouse(modelTestSpec(test), timeZone, pool)
  } finally {
    await pool.end()
  }
}

/** Runners show `expected` and `actual` of such an error as a difference of their own. */
function failed(name: string, { model, definedAt }: ModelTest, result: ModelTestResult): AssertionError {
  const { columns, differences } = result
  const rows = (side: 'expected' | 'actual'): readonly object[] =>
    differences.flatMap((each) => {
      const cells = Reflect.get(each, side) as readonly (string | null)[] | undefined
      return cells === undefined ? [] : [Object.fromEntries(columns.map((column, at) => [column, cells[at]]))]
    })
  const error = new AssertionError({
    message: `${name} of ${model.name}: ${differences.length} ${differences.length === 1 ? 'row differs' : 'rows differ'}\n${differencesText(result)}`,
    expected: rows('expected'),
    actual: rows('actual'),
    operator: 'rows',
  })
  // Where the test stands, and not where it was carried out.
  error.stack = `${error.name}: ${error.message}\n${definedAt.stack?.split('\n').slice(1).join('\n') ?? ''}`
  return error
}
