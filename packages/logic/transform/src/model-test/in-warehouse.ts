import { randomUUID } from 'node:crypto'
import type { AnyDataset, Column, ModelTestSpec, Reading } from '@sluice/author'
import { type BatchWrite, datasetIn, definitionErrors, formatDatasetId, qualityErrors } from '@sluice/core'
import { type Pool, postgresErrors, postgresType, quoteIdentifier, quoteLiteral, toFault } from '@sluice/postgres'
import { createTableSql, loadColumn, openWarehouse, queryColumns, quoteTable, renderSql, withoutPartitions } from '@sluice/warehouse'
import { refuseClock } from '../model/clock-words.ts'
import { modeOf } from '../model/run-on-warehouse.ts'
import { cellText, columnsCompared, columnsNamed, valueIn } from './cells.ts'
import { castOf, cteColumns, onlyCte } from './cte.ts'
import { differences } from './differences.ts'
import { type ModelTestResult, resultOf } from './result.ts'

/** No load has it: what the sequence of loads gives is positive. */
const givenLoad = -1
const project = 'test'

/**
 * Runs a model of the warehouse over the rows of a test, by the same load as a run. Its tables are made anew in the pool's database, which
 * is a throwaway one: those of the sources without what would refuse rows that say little. @throws as `testInLake`
 */
export async function testInWarehouse(test: ModelTestSpec, timeZone: string, pool: Pool): Promise<ModelTestResult> {
  const { model, sources, interval, expect } = test
  refuseClock(model.name, model.sql)
  for (const { dataset, rows } of sources) {
    await makeTable(pool, loosened(dataset, columnsNamed(dataset, rows)))
    await insert(pool, dataset, rows)
  }
  if (!sources.some(({ dataset }) => dataset.id === model.into.id)) await makeTable(pool, withoutReferences(model.into))
  const reading: Reading = {
    datasets: new Map([...sources.map(({ dataset }) => dataset), model.into].map((dataset) => [dataset.id, dataset])),
    interval,
    timeZone,
    batches: new Map(sources.map(({ dataset }) => [dataset.id, [givenBatch(dataset)]])),
  }
  if (test.cte !== undefined) return await ofCte(pool, test, test.cte, reading)
  const quarantined = await load(pool, test, reading)
  const columns = columnsCompared(model.into, expect)
  const expected = await pool.native
    .query<(string | null)[]>({ text: expectedSql(model.into, columns, expect), rowMode: 'array' })
    .catch(unfit)
  const texts = columns.map((name) => `${quoteIdentifier(name)}::text`).join(', ')
  const actual = await pool.native.query<(string | null)[]>({
    text: `select ${texts} from ${quoteTable(model.into.name)}`,
    rowMode: 'array',
  })
  return resultOf(test, columns, { expected: expected.rows, actual: actual.rows }, quarantined)
}

/** Its rows as the query gives them: nothing is cast or judged. */
async function ofCte(pool: Pool, test: ModelTestSpec, cte: string, reading: Reading): Promise<ModelTestResult> {
  const query = renderSql(onlyCte(test.model, cte), reading)
  return await pool.withConnection(async (connection) => {
    const given = await queryColumns(connection, test.model, query)
    const types = await connection.query<{ type: string }>('select format_type(oid, null) as type from unnest($1::oid[]) as oid', [
      given.map(({ type }) => type),
    ])
    const columns = cteColumns(
      test,
      given.map(({ name }, at) => ({ name, type: types[at]?.type ?? 'text' })),
    )
    const cells = columns.map(({ name }) => name)
    const values = (row: object): string =>
      columns.map(({ name, type }) => `(${castOf(valueIn(row, name), type, quoteLiteral) ?? 'null'})::text`).join(', ')
    const read = (text: string, values: readonly unknown[] = []) =>
      connection.native.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' })
    const expected = await read(
      test.expect.length === 0 ? 'select where false' : test.expect.map((row) => `select ${values(row)}`).join(' union all '),
    ).catch(unfit)
    const texts = cells.map((name) => `${quoteIdentifier(name)}::text`).join(', ')
    const actual = await read(`select ${texts} from (${query.text}\n) as result`, query.params)
    return { columns: cells, differences: differences(cells, [], expected.rows, actual.rows), quarantined: [] }
  })
}

async function load(pool: Pool, { model, interval }: ModelTestSpec, reading: Reading): Promise<ModelTestResult['quarantined']> {
  const dataset = formatDatasetId(datasetIn(project, 'warehouse', model.into.name))
  const warehouse = openWarehouse({ database: { pool }, project })
  const batch = randomUUID()
  const write: BatchWrite = {
    project,
    pipeline: project,
    task: model.name,
    run: project,
    attempt: 1,
    dataset,
    batch,
    generation: 0,
    logicalTime: interval.end,
    inputs: [],
  }
  try {
    await warehouse.loadBatch({ write, table: model.into, mode: modeOf(model), source: renderSql(model.sql, reading) })
    return byRule((await warehouse.quarantine({ batch })).map(({ rule }) => rule))
  } catch (thrown) {
    // All rows broke a rule: nothing is written, their rules are in the facts.
    if (!qualityErrors.failed.is(thrown)) throw thrown
    return (thrown.facts.rules ?? []) as ModelTestResult['quarantined']
  }
}

const byRule = (rules: readonly string[]): ModelTestResult['quarantined'] =>
  [...Map.groupBy(rules, (rule) => rule)].map(([rule, same]) => ({ rule, rows: same.length }))

const givenBatch = ({ id }: AnyDataset) =>
  ({ store: 'warehouse', dataset: `${project}:${id}`, batch: 'given', generation: 0, version: String(givenLoad), rows: 0 }) as const

async function makeTable(pool: Pool, dataset: AnyDataset): Promise<void> {
  for (const statement of [`drop table if exists ${quoteTable(dataset.name)} cascade`, ...createTableSql(withoutPartitions(dataset))])
    await pool.query(statement)
}

const withoutReferences = (dataset: AnyDataset): AnyDataset => ({ ...dataset, facts: { ...dataset.facts, references: [] } })

/** Any row may stand there; what the database fills in it fills in, unless the test gives it. */
function loosened(dataset: AnyDataset, given: readonly string[]): AnyDataset {
  const loose = (name: string, column: Column): Column => ({
    ...column,
    notNull: false,
    oneOf: undefined,
    orNull: false,
    ...(given.includes(name) ? { generated: undefined, identity: false, default: undefined } : {}),
  })
  return {
    ...dataset,
    key: [],
    columns: Object.fromEntries(Object.entries(dataset.columns).map(([name, column]) => [name, loose(name, column)])),
    facts: { ...dataset.facts, references: [], indexes: [] },
  }
}

async function insert(pool: Pool, dataset: AnyDataset, rows: readonly object[]): Promise<void> {
  const columns = columnsNamed(dataset, rows)
  if (rows.length === 0) return
  const names = [...columns, loadColumn].map((name) => quoteIdentifier(name)).join(', ')
  const values = rows.map((row) => `(${[...columns.map((name) => cellSql(dataset, row, name)), givenLoad].join(', ')})`)
  await pool.query(`insert into ${quoteTable(dataset.name)} (${names}) values ${values.join(', ')}`).catch(unfit)
}

function expectedSql(dataset: AnyDataset, columns: readonly string[], rows: readonly object[]): string {
  const texts = (row: object): string => columns.map((name) => `(${cellSql(dataset, row, name)})::text`).join(', ')
  return rows.length === 0 ? 'select where false' : rows.map((row) => `select ${texts(row)}`).join(' union all ')
}

function cellSql({ columns }: AnyDataset, row: object, name: string): string {
  const type = columns[name]?.type ?? { kind: 'text' }
  const text = cellText(type, valueIn(row, name))
  return text === null ? `null::${postgresType(type)}` : `${quoteLiteral(text)}::${postgresType(type)}`
}

function unfit(thrown: unknown): never {
  const fault = toFault(thrown)
  if (!postgresErrors.failed.is(fault)) throw fault
  throw definitionErrors.invalid(`a row of the test does not fit its columns: ${fault.message}`, {
    cause: fault,
    facts: fault.facts,
    next: 'Correct the value in the test.',
  })
}
