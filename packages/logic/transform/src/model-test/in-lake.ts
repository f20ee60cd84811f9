import type { AnyDataset, ModelTestSpec, Reading } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { type DuckColumn, type DuckConnection, type DuckDB, duckdbErrors, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { lakeErrors, renderSql } from '@sluice/lake'
import { refuseClock } from '../model/clock-words.ts'
import { describe } from '../model/describe.ts'
import { parsedSql } from '../model/parsed.ts'
import { givenBy, planModel } from '../model/plan.ts'
import { refuseRounding } from '../model/rounding-in-lake.ts'
import { refuseVolatile } from '../model/volatile-in-lake.ts'
import { judge } from '../rows/judge.ts'
import { cellText, columnsCompared, columnsNamed, valueIn } from './cells.ts'
import { castOf, cteColumns, onlyCte } from './cte.ts'
import { type Cells, differences } from './differences.ts'
import { type ModelTestResult, resultOf } from './result.ts'

/**
 * Runs a model of the lake over the rows of a test, in temporary tables of one connection: the query is rendered, cast and judged as in a
 * run, and nothing is written. @throws `definition.invalid` for what a run refuses, and for rows that do not fit their dataset
 */
export async function testInLake(test: ModelTestSpec, timeZone: string, duckdb: DuckDB): Promise<ModelTestResult> {
  const { model, sources, interval, expect, cte } = test
  const connection = await duckdb.connect()
  try {
    refuseClock(model.name, model.sql)
    const parsed = await parsedSql(connection, model.sql)
    await refuseVolatile(connection, model.name, parsed)
    refuseRounding(model.name, parsed)
    const tables = new Map<string, string>()
    for (const [at, { dataset, rows }] of sources.entries()) {
      await rowsAs(connection, `given_${at}`, dataset, Object.keys(dataset.columns), rows)
      tables.set(dataset.id, `given_${at}`)
    }
    const reading: Reading = {
      datasets: new Map([...sources.map(({ dataset }) => dataset), model.into].map((dataset) => [dataset.id, asTable(dataset)])),
      interval,
      timeZone,
      batches: new Map(),
    }
    const { select } = await renderSql(cte === undefined ? model.sql : onlyCte(model, cte), reading, async ({ id, columns }) => {
      const table = tables.get(id)
      if (table === undefined) throw lakeErrors.dataset_unknown(`the test gives no rows of ${id}`, { next: 'It has none.' })
      return { dataset: id, select: `SELECT * FROM ${table}`, columns: Object.keys(columns), version: undefined }
    })
    const output = await describe(connection, model, select)
    if (cte !== undefined) return await ofCte(connection, test, select, output)
    const plan = planModel(model, select, output)
    const { good, broken } = await judge(connection, plan)
    const columns = columnsCompared(givenBy(model), expect)
    await rowsAs(connection, 'expected', model.into, columns, expect)
    const rows = { expected: await texts(connection, columns, 'FROM expected'), actual: await texts(connection, columns, `FROM (${good})`) }
    const byRule = await connection.rows<{ rule: string; rows: number }>(
      `SELECT rule, count(*)::INTEGER AS rows FROM (${broken}) GROUP BY rule ORDER BY rule`,
    )
    return resultOf(test, columns, rows, byRule)
  } finally {
    connection.close()
  }
}

/** Its rows as the query gives them: nothing is cast or judged. */
async function ofCte(
  connection: DuckConnection,
  test: ModelTestSpec,
  select: string,
  output: readonly DuckColumn[],
): Promise<ModelTestResult> {
  const columns = cteColumns(test, output)
  const cells = columns.map(({ name }) => name)
  const values = (row: object): string =>
    columns.map(({ name, type }) => castOf(valueIn(row, name), type, quoteLiteral) ?? 'NULL').join(', ')
  const expected = await Promise.all(
    test.expect.map(
      async (row) =>
        (await texts(connection, cells, `FROM (VALUES (${values(row)})) AS row (${cells.map(quoteIdentifier).join(', ')})`))[0],
    ),
  ).catch(unfit)
  const actual = await texts(connection, cells, `FROM (${select})`)
  return {
    columns: cells,
    differences: differences(
      cells,
      [],
      expected.filter((each) => each !== undefined),
      actual,
    ),
    quarantined: [],
  }
}

function unfit(thrown: unknown): never {
  if (!duckdbErrors.failed.is(thrown)) throw thrown
  throw definitionErrors.invalid(`a row of the test does not fit the columns of its expression: ${thrown.message}`, {
    cause: thrown,
    next: 'Correct the value in the test.',
  })
}

/** Bodies are given as the rows that they read as. */
function asTable(dataset: AnyDataset): AnyDataset {
  const { bodies: _bodies, files: _files, ...facts } = dataset.facts
  return { ...dataset, facts }
}

async function rowsAs(
  connection: DuckConnection,
  table: string,
  dataset: AnyDataset,
  columns: readonly string[],
  rows: readonly object[],
): Promise<void> {
  columnsNamed(dataset, rows)
  const typed = columns.flatMap((name) => (dataset.columns[name] === undefined ? [] : [{ name, type: dataset.columns[name].type }]))
  const declared = typed.map(({ name, type }) => `${quoteIdentifier(name)} ${duckdbType(type)}`)
  await connection.run(`CREATE TEMP TABLE ${table} (${declared.join(', ')})`)
  for (const [place, row] of rows.entries()) {
    const cells = typed.map(({ name, type }) => {
      const text = cellText(type, valueIn(row, name))
      return text === null ? 'NULL' : `CAST(${quoteLiteral(text)} AS ${duckdbType(type)})`
    })
    try {
      await connection.run(`INSERT INTO ${table} VALUES (${cells.join(', ')})`)
    } catch (thrown) {
      if (!duckdbErrors.failed.is(thrown)) throw thrown
      throw definitionErrors.invalid(`row ${place + 1} of ${dataset.id} does not fit its columns: ${thrown.message}`, {
        cause: thrown,
        facts: { dataset: dataset.id, row: place + 1 },
        next: 'Correct the value in the test.',
      })
    }
  }
}

async function texts(connection: DuckConnection, columns: readonly string[], from: string): Promise<readonly Cells[]> {
  const cells = columns.map((name, at) => `CAST(${quoteIdentifier(name)} AS VARCHAR) AS c${at}`)
  const rows = await connection.rows<Record<string, string | null>>(`SELECT ${cells.join(', ')} ${from}`)
  return rows.map((row) => columns.map((_, at) => row[`c${at}`] ?? null))
}
