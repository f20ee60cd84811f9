import { type AnyDataset, batchesIn, type Reading } from '@sluice/author'
import { type DifferenceRow, type DifferenceSpelling, differenceSql } from '@sluice/checks'
import { given } from '@sluice/core'
import { type DuckConnection, duckdbType, interruptible, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchColumn, type JudgedRows, type Lake, lakeErrors, type StandingBatch } from '@sluice/lake'
import { refuseClock } from '../model/clock-words.ts'
import { describe } from '../model/describe.ts'
import { failedAtRow } from '../model/failing-row.ts'
import { parsedSql } from '../model/parsed.ts'
import { givenBy, planModel } from '../model/plan.ts'
import { refuseRounding } from '../model/rounding-in-lake.ts'
import { judgeAll, modeOf, type RunnableModel } from '../model/run.ts'
import { refuseVolatile } from '../model/volatile-in-lake.ts'
import { columnChanges } from '../rebuild/columns.ts'
import { whyNotByQuery } from '../rebuild/plan.ts'
import { heldBy, refsOf } from '../rebuild/rebuild.ts'
import { type DiffAsked, type ModelDiff, notCompared, toldBy } from './result.ts'

export interface DiffInLakeOptions extends DiffAsked {
  readonly model: RunnableModel
  readonly lake: Lake
  /** By id: all that the query names. */
  readonly datasets: ReadonlyMap<string, AnyDataset>
  readonly timeZone: string
  readonly signal?: AbortSignal
}

/** The rows that the model would make, in a temporary table. */
const wouldTable = '_sluice_would'

/**
 * What the model, as it is declared now, would make of the batches that stand in its table, against the rows that stand: each batch is
 * evaluated over what it was made of, as a rebuild evaluates it, into a temporary table of one connection. Nothing is written to the lake.
 */
export async function diffInLake(asking: DiffInLakeOptions): Promise<ModelDiff> {
  const options = { ...asking, model: asWhole(asking.model) }
  const { model, lake, signal } = options
  const standing = await lake.standing(model.into.name).catch((thrown) => {
    if (lakeErrors.dataset_unknown.is(thrown)) return undefined
    throw thrown
  })
  if (standing === undefined) return notCompared('the table does not exist yet: its first run makes it')
  const columns = columnChanges(standing.columns, model.into.columns)
  const own = standing.batches.filter(({ receipt }) => receipt.task === model.name)
  if (own.length === 0) return notCompared('no rows of this model stand in the table: all that it gives would be added', { columns })
  const facts = { held: await heldBy({ lake, models: [model] }), project: lake.project }
  const asked = chosenOf(model, own, options)
  const judged = asked.map((of) => ({ of, reason: whyNotByQuery(facts, model, of) }))
  const chosen = judged.flatMap(({ of, reason }) => (reason === undefined ? [of] : []))
  const left = [...Map.groupBy(judged, ({ reason }) => reason)].flatMap(([reason, each]) =>
    reason === undefined ? [] : [{ reason, batches: each.length }],
  )
  const batches = { compared: chosen.length, of: own.length }
  if (chosen.length === 0) return notCompared(left[0]?.reason ?? 'nothing is chosen', { columns, batches, left })
  const connection = await lake.connect()
  try {
    return await interruptible(connection, signal, async () => {
      const made = await makeAll(connection, options, chosen)
      const quarantined = { would: made.broken, stands: chosen.reduce((sum, { receipt }) => sum + receipt.rowsQuarantined, 0) }
      return { why: null, batches, left, columns, quarantined, ...(await compare(connection, options, chosen, made.brokenBatches)) }
    })
  } finally {
    connection.close()
  }
}

/** Partitions that were made anew one after the other stand as one full refresh would leave them. */
const asWhole = (model: RunnableModel): RunnableModel => (model.refresh === 'partition' ? { ...model, refresh: 'full' } : model)

/** The newest write alone stands for what is not made of batches. */
function chosenOf({ refresh, sql }: RunnableModel, own: readonly StandingBatch[], { batches }: DiffAsked): readonly StandingBatch[] {
  if (refresh === 'full' || batchesIn(sql).length === 0) return own.slice(-1)
  return batches === undefined ? own : own.slice(-batches)
}

interface Made {
  readonly broken: number
  /** Those of which a row broke a rule. */
  readonly brokenBatches: readonly string[]
}

/** One batch after the other, so that only its rows are judged at a time. */
async function makeAll(connection: DuckConnection, options: DiffInLakeOptions, chosen: readonly StandingBatch[]): Promise<Made> {
  const { model, signal } = options
  refuseClock(model.name, model.sql)
  const parsed = await parsedSql(connection, model.sql)
  await refuseVolatile(connection, model.name, parsed)
  refuseRounding(model.name, parsed)
  const columns = Object.entries(givenBy(model).columns).map(([name, { type }]) => `${quoteIdentifier(name)} ${duckdbType(type)}`)
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${wouldTable} (${[...columns, `${batchColumn} VARCHAR`].join(', ')})`)
  let broken = 0
  const brokenBatches: string[] = []
  for (const { batch, receipt } of chosen) {
    signal?.throwIfAborted()
    const { good, counts } = await make(connection, options, receipt)
    await connection.run(`INSERT INTO ${wouldTable} BY NAME SELECT *, ${quoteLiteral(batch)} AS ${batchColumn} FROM (${good})`)
    broken += counts.rowsQuarantined
    if (counts.rowsQuarantined > 0) brokenBatches.push(batch)
  }
  return { broken, brokenBatches }
}

/** As a run of the batch would now. */
async function make(
  connection: DuckConnection,
  { model, lake, datasets, timeZone }: DiffInLakeOptions,
  receipt: StandingBatch['receipt'],
): Promise<JudgedRows> {
  const shown = model.refresh === 'full' ? receipt.newest : undefined
  const reading: Reading = {
    datasets: new Map([...datasets, [model.into.id, model.into]]),
    interval: shown ?? receipt.interval ?? { start: receipt.logicalTime, end: receipt.logicalTime },
    timeZone,
    batches: Map.groupBy(await refsOf(lake, receipt), ({ dataset }) => dataset.slice(lake.project.length + 1)),
  }
  const query = await lake.render(connection, model.sql, reading)
  const output = await describe(connection, model, query.select)
  return await judgeAll(connection, planModel(model, query.select, output), {
    over: query.judged && { ...query.judged, plan: planModel(model, query.judged.select, output) },
    failed: (thrown) => failedAtRow(connection, { model, reading, source: query.source }, thrown),
  })
}

async function compare(
  connection: DuckConnection,
  { model, lake, percent, examples }: DiffInLakeOptions,
  chosen: readonly StandingBatch[],
  broken: readonly string[],
): Promise<Pick<ModelDiff, 'by' | 'rows' | 'changed' | 'cells' | 'examples'>> {
  const { into } = model
  const mode = modeOf(model)
  const batches = chosen.map(({ batch }) => batch)
  const made = `SELECT * FROM ${wouldTable}`
  const sides =
    typeof mode === 'object'
      ? await lake.wouldShow(connection, into.name, { made, columns: Object.keys(givenBy(model).columns), batches, broken, by: mode })
      : undefined
  const would = sides?.would ?? made
  const stands = sides?.stands ?? (await lake.scan(connection, into.name, mode === 'overwrite' ? {} : { batches }))
  const there = new Map((await connection.columns(stands)).map((column) => [column.name.toLowerCase(), column.type]))
  const wanted = new Map((await connection.columns(would)).map((column) => [column.name.toLowerCase(), column.type]))
  const by = into.key
  // Batches that are added may bring one key each.
  const identity = by.length > 0 && mode === 'replace_batch' ? [...by, batchColumn] : by
  const names = Object.keys(into.columns)
  const columns = names.map((name) => {
    const [from, to] = [there.get(name.toLowerCase()), wanted.get(name.toLowerCase())]
    return { name, asText: from !== undefined && from !== to }
  })
  const shown = [...names, batchColumn].map((name) =>
    there.has(name.toLowerCase()) ? quoteIdentifier(name) : `NULL AS ${quoteIdentifier(name)}`,
  )
  const statement = differenceSql({
    would,
    stands: `SELECT ${shown.join(', ')} FROM (${stands})`,
    columns,
    identity,
    examples,
    ...given({ percent }),
    spelling,
  })
  return { by, ...toldBy(await connection.rows<DifferenceRow & Record<string, never>>(statement), names) }
}

const spelling: DifferenceSpelling = {
  quote: quoteIdentifier,
  text: (sql) => `CAST(${sql} AS VARCHAR)`,
  list: (values) => `CAST(to_json([${values.map((value) => `CAST(${value} AS VARCHAR)`).join(', ')}]) AS VARCHAR)`,
  share: (text) => `hash(${text}) % 10000`,
}
