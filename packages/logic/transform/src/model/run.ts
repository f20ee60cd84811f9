import { datasetsIn, type Model, type Reading, soundKeyOf } from '@sluice/author'
import { type BatchWrite, bugErrors, given, type Receipt, type SluiceError, unreachable } from '@sluice/core'
import { type DuckConnection, interruptible, isOfData } from '@sluice/duckdb'
import { type BatchRows, byKeyOf, byVersionsOf, type JudgedRows, type Lake, lakeErrors, type RefusedRows } from '@sluice/lake'
import { judge } from '../rows/judge.ts'
import type { RowsPlan } from '../rows/plan.ts'
import { asOfRun } from './as-of.ts'
import { definitionOf, whatChanged } from './changed.ts'
import { refuseClock } from './clock-words.ts'
import { describe } from './describe.ts'
import { failedAtRow } from './failing-row.ts'
import { parsedSql } from './parsed.ts'
import { partsOf, withinParts } from './parts.ts'
import { planModel } from './plan.ts'
import { refuseRounding } from './rounding-in-lake.ts'
import { refuseVolatile } from './volatile-in-lake.ts'

export interface RunModelOptions {
  readonly model: RunnableModel
  readonly write: BatchWrite
  readonly reading: Reading
  readonly lake: Lake
  /** Told, before a row is read, that the model has changed since its last batch. It may throw. */
  readonly onChanged?: (changed: string) => void
  readonly signal?: AbortSignal
}

/** What a run needs of a model. */
export type RunnableModel = Pick<Model, 'name' | 'into' | 'refresh' | 'sql'>

/**
 * Brings a dataset of the lake up to date for one batch: written already -> the first receipt; else broken rows go to quarantine and the
 * good ones are committed, as `lake.batch` does it.
 * @throws `definition.invalid` for a query that does not give the declared columns, reads the clock or does not run; `quality.failed`
 * (permanent) when every row broke a rule: what the table held before stays.
 */
export async function runModel(options: RunModelOptions): Promise<Receipt> {
  for (let round = 1; ; round++) {
    try {
      return await runOnce(options)
    } catch (thrown) {
      if (!lakeErrors.outdated.is(thrown) || round === mostRounds) throw thrown
    }
  }
}

/** Each round that another write of the dataset made old is that one's progress. */
const mostRounds = 10

async function runOnce({ model, write, reading, lake, onChanged, signal }: RunModelOptions): Promise<Receipt> {
  if (model.into.on !== 'lake') {
    throw bugErrors.unreachable(`model ${model.name} fills the warehouse and was run on the lake`, {
      facts: { model: model.name, into: model.into.id },
      next: 'Please report this: runWarehouseModel is what runs it.',
    })
  }
  using batch = await lake.batch({ ...write, interval: reading.interval, definition: definitionOf(model) })
  if (batch.receipt !== undefined) return batch.receipt
  const changed = whatChanged(model, batch.definition)
  if (changed !== undefined) onChanged?.(changed)
  const { connection } = batch
  return await interruptible(connection, signal, async () => {
    refuseClock(model.name, model.sql)
    const parsed = await parsedSql(connection, model.sql)
    await refuseVolatile(connection, model.name, parsed)
    refuseRounding(model.name, parsed)
    const adds = model.refresh !== 'full'
    const { interval, asOf } = await asOfRun({ model, write, reading, newest: batch.newest, lake, connection })
    const isOwn = adds && datasetsIn(model.sql).includes(model.into.id)
    const before = changed === undefined && model.refresh === 'partition' ? await batch.readBefore() : undefined
    const made = model.refresh === 'partition' ? await partsOf({ model, reading, lake, connection, before }) : undefined
    const query = await batch.render(model.sql, {
      ...reading,
      interval,
      ...given({ parts: made?.parts }),
      ...(isOwn ? { writing: write.batch } : {}),
    })
    const select = made === undefined ? query.select : withinParts(model.into, query.select, made.mode)
    const output = await describe(connection, model, query.select)
    const plan = planModel(model, select, output)
    const isNothing = made?.mode.values.length === 0
    return await batch.finish({
      columns: model.into.columns,
      mode: made?.mode ?? modeOf(model),
      ...given({ hopeful: isNothing ? undefined : plan.hopeful, asOf, soundKey: soundKeyOf(model.into) }),
      ...given({ reason: isNothing ? 'nothing has changed in what it reads' : undefined }),
      judge: () =>
        judgeAll(connection, plan, {
          over: query.judged && { ...query.judged, plan: planModel(model, query.judged.select, output) },
          failed: (thrown) => failedAtRow(connection, { model, reading, source: query.source }, thrown),
        }),
    })
  })
}

/** What is made by partition stands in for all rows of the table, or for those that have changed: its run says which. */
export function modeOf({ refresh, into }: RunnableModel): Exclude<BatchRows['mode'], { readonly partition: unknown }> {
  switch (refresh) {
    case 'batch':
      return 'replace_batch'
    case 'full':
    case 'partition':
    case 'view':
      return 'overwrite'
    case 'key':
      return byKeyOf(into)
    case 'scd2':
      return { ...byKeyOf(into), ...given({ versions: byVersionsOf(into) }) }
    default:
      return unreachable(refresh)
  }
}

/** The same over the rows of its sources that read as declared, and the others. */
interface OverGoodSources {
  readonly plan: RowsPlan
  readonly refused: readonly RefusedRows[]
}

/** All rows of the plan's query, good and broken. Where its sources hold what does not read as declared, that is refused row by row. */
export async function judgeAll(
  connection: DuckConnection,
  plan: RowsPlan,
  { over, failed }: { readonly over: OverGoodSources | undefined; readonly failed: (thrown: unknown) => Promise<SluiceError> },
): Promise<JudgedRows> {
  try {
    return await judge(connection, plan)
  } catch (thrown) {
    if (!isOfData(thrown)) throw thrown
    if (over === undefined) throw await failed(thrown)
  }
  try {
    return await withRefused(connection, await judge(connection, over.plan), over.refused)
  } catch (thrown) {
    throw isOfData(thrown) ? await failed(thrown) : thrown
  }
}

async function withRefused(connection: DuckConnection, judged: JudgedRows, sources: readonly RefusedRows[]): Promise<JudgedRows> {
  const refused = sources.map(({ refused }) => `SELECT rule, place, cells FROM (${refused})`).join(' UNION ALL ')
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${refusedTable} AS ${refused}`)
  const rows = (await connection.value<number>(`SELECT count(*) FROM ${refusedTable}`)) ?? 0
  return {
    good: judged.good,
    broken: `SELECT row_number, rule, place, cells FROM (${judged.broken}) UNION ALL SELECT NULL, rule, place, cells FROM ${refusedTable}`,
    messages: Object.assign({}, judged.messages, ...sources.map(({ messages }) => messages)),
    counts: { ...judged.counts, rowsIn: judged.counts.rowsIn + rows, rowsQuarantined: judged.counts.rowsQuarantined + rows },
  }
}

const refusedTable = '_sluice_refused'
