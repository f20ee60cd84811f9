import type { Model } from '@sluice/author'
import { type BatchWrite, bugErrors, definitionErrors, given, type Interval, type Receipt } from '@sluice/core'
import { type DuckConnection, duckdbErrors, interruptible } from '@sluice/duckdb'
import type { JudgedRows, Lake, Refs } from '@sluice/lake'
import { type ModelPlan, type OutputColumn, planModel, querySql, readsOf } from './plan.ts'

export interface RunModelOptions {
  readonly model: Model
  readonly write: BatchWrite
  /** What each step the query refers to wrote in this run, by the step's name. */
  readonly refs: Refs
  readonly interval: Interval
  readonly lake: Lake
  readonly signal?: AbortSignal
}

/**
 * Brings a model on the lake up to date for one batch: written already -> the first receipt; else broken rows go to quarantine and the good
 * ones are committed, as `lake.batch` does it.
 * @throws `definition.invalid` for a query that does not give the declared columns, reads the clock or does not run; `quality.failed`
 * (permanent) when every row broke a rule: what the table held before stays.
 */
export async function runModel({ model, write, refs, interval, lake, signal }: RunModelOptions): Promise<Receipt> {
  if (model.on !== 'lake') {
    throw bugErrors.unreachable(`model ${model.name} is on the warehouse and was run on the lake`, {
      facts: { model: model.name, on: model.on },
      next: 'Please report this: runWarehouseModel is what runs it.',
    })
  }
  using batch = await lake.batch(write)
  if (batch.receipt !== undefined) return batch.receipt
  const { connection } = batch
  return await interruptible(connection, signal, async () => {
    const reads = readsOf(model, refs, interval)
    const scans: Record<string, string> = {}
    for (const { name, ref, narrowed } of reads) scans[name] = await batch.scan(ref, narrowed ? { batch: ref.batch } : {})
    const query = querySql(model, reads, scans, interval)
    const plan = planModel(model, query, await describe(connection, model, query))
    return await batch.finish({
      columns: model.columns,
      mode: model.refresh.by === 'full' ? 'overwrite' : 'replace_batch',
      ...given({ hopeful: plan.hopeful }),
      judge: () => judge(connection, plan),
    })
  })
}

/** The columns a query gives, without running it; what DuckDB refuses to bind is the author's to correct. */
async function describe(connection: DuckConnection, model: Model, query: string): Promise<readonly OutputColumn[]> {
  try {
    const rows = await connection.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${query}`)
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }))
  } catch (thrown) {
    if (!duckdbErrors.failed.is(thrown)) throw thrown
    throw definitionErrors.invalid(`model ${model.name}: ${thrown.message}`, {
      cause: thrown,
      facts: { ...thrown.facts, model: model.name },
      next: 'Correct the SQL of the model: DuckDB names the place.',
    })
  }
}

async function judge(connection: DuckConnection, plan: ModelPlan): Promise<JudgedRows> {
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
