import type { Model, Reading } from '@sluice/author'
import { type BatchWrite, bugErrors, given, type Receipt } from '@sluice/core'
import { type DuckConnection, interruptible } from '@sluice/duckdb'
import type { JudgedRows, Lake } from '@sluice/lake'
import { asOfRun } from './as-of.ts'
import { refuseClock } from './clock-words.ts'
import { describe } from './describe.ts'
import { type ModelPlan, planModel } from './plan.ts'

export interface RunModelOptions {
  readonly model: Model
  readonly write: BatchWrite
  readonly reading: Reading
  readonly lake: Lake
  readonly signal?: AbortSignal
}

/**
 * Brings a dataset of the lake up to date for one batch: written already -> the first receipt; else broken rows go to quarantine and the
 * good ones are committed, as `lake.batch` does it.
 * @throws `definition.invalid` for a query that does not give the declared columns, reads the clock or does not run; `quality.failed`
 * (permanent) when every row broke a rule: what the table held before stays.
 */
export async function runModel({ model, write, reading, lake, signal }: RunModelOptions): Promise<Receipt> {
  if (model.into.on !== 'lake') {
    throw bugErrors.unreachable(`model ${model.name} fills the warehouse and was run on the lake`, {
      facts: { model: model.name, into: model.into.id },
      next: 'Please report this: runWarehouseModel is what runs it.',
    })
  }
  using batch = await lake.batch({ ...write, interval: reading.interval })
  if (batch.receipt !== undefined) return batch.receipt
  const { connection } = batch
  return await interruptible(connection, signal, async () => {
    refuseClock(model.name, model.sql)
    const adds = model.refresh === 'batch'
    const { interval, asOf } = await asOfRun({ model, write, reading, newest: batch.newest, lake, connection })
    const query = await batch.render(model.sql, adds ? { ...reading, writing: write.batch } : { ...reading, interval })
    const plan = planModel(model, query, await describe(connection, model, query))
    return await batch.finish({
      columns: model.into.columns,
      mode: adds ? 'replace_batch' : 'overwrite',
      ...given({ hopeful: plan.hopeful, asOf }),
      judge: () => judge(connection, plan),
    })
  })
}

/** All rows of the plan's query, good and broken. */
export async function judge(connection: DuckConnection, plan: ModelPlan): Promise<JudgedRows> {
  await connection.run(plan.stage)
  for (const { exists, mark } of plan.unique) {
    if ((await connection.value(exists)) !== null) await connection.run(mark)
  }
  const [counts] = await connection.rows<{ rows_in: number; broken: number }>(plan.counts)
  return {
    good: plan.good,
    broken: plan.broken,
    messages: plan.messages,
    counts: { rowsIn: counts?.rows_in ?? 0, rowsQuarantined: counts?.broken ?? 0 },
  }
}
