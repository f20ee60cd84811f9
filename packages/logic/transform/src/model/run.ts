import type { Model } from '@sluice/author'
import { type BatchWrite, type Interval, isSluiceError, type Receipt, SluiceError } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { Lake, Refs } from '@sluice/lake'
import { interruptible } from '../interruptible.ts'
import { foundBroken, type ModelPlan, type OutputColumn, planModel, querySql, readsOf } from './plan.ts'

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
 * Brings a model on the lake up to date for one batch: committed already -> the first receipt; else broken rows go to quarantine, then the good
 * ones are committed. A crash in between leaves nothing that the replay does not find or replace. Where nothing speaks against it all rows are
 * taken to be good and written as the query gives them (1 M nested records: 3.6 s and 1.4 GB -> 3.1 s and 0.7 GB); at the first broken one that write is
 * dropped and all rows are staged.
 * @throws `definition.invalid` for a query that does not give the declared columns, reads the clock or does not run; `quality.failed`
 * (permanent) when every row broke a rule: what the table held before stays.
 */
export async function runModel(options: RunModelOptions): Promise<Receipt> {
  const { model, refs, interval, lake, signal } = options
  if (model.on !== 'lake') {
    throw new SluiceError('bug.unreachable', `model ${model.name} is on the warehouse and was run on the lake`, {
      facts: { model: model.name, on: model.on },
      next: 'Please report this: runWarehouseModel is what runs it.',
    })
  }
  const connection = await lake.connect()
  return await interruptible(connection, signal, async () => {
    const committed = await lake.committed(connection, options.write)
    if (committed !== undefined) return committed
    const reads = readsOf(model, refs, interval)
    const scans: Record<string, string> = {}
    for (const { name, ref, narrowed } of reads.steps) scans[name] = await lake.scan(connection, ref, narrowed ? { batch: ref.batch } : {})
    const query = querySql(model, reads, scans, interval)
    const plan = planModel(model, query, await describe(connection, model, query))
    const write = { ...options.write, inputs: reads.inputs }
    const commit = { write, columns: model.columns, mode: model.refresh.by === 'full' ? 'overwrite' : 'replace_batch' } as const
    const clean = await tryClean(lake, connection, commit, plan.clean)
    if (clean !== undefined) return clean
    const { rowsIn, rowsQuarantined } = await stage(connection, plan)
    await lake.quarantineBatch(connection, write, { select: plan.broken, rows: rowsQuarantined })
    if (rowsIn > 0 && rowsIn === rowsQuarantined) throw await allBroken(connection, model, plan, rowsIn)
    return await lake.commitBatch(connection, {
      ...commit,
      select: plan.good,
      rowsIn,
      rowsWritten: rowsIn - rowsQuarantined,
      rowsQuarantined,
    })
  })
}

type CleanCommit = Parameters<Lake['commitClean']>[1]

/** The receipt, or `undefined` when the rows have to be staged; nothing was committed then. */
async function tryClean(
  lake: Lake,
  connection: DuckConnection,
  commit: Omit<CleanCommit, 'select'>,
  select: string | undefined,
): Promise<Receipt | undefined> {
  if (select === undefined || !(await lake.mayBeClean(connection, commit.write))) return undefined
  try {
    return await lake.commitClean(connection, { ...commit, select })
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes(foundBroken)) return undefined
    throw thrown
  }
}

/** The columns a query gives, without running it; what DuckDB refuses to bind is the author's to correct. */
async function describe(connection: DuckConnection, model: Model, query: string): Promise<readonly OutputColumn[]> {
  try {
    const rows = await connection.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${query}`)
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }))
  } catch (thrown) {
    if (!isSluiceError(thrown) || thrown.code !== 'duckdb.failed') throw thrown
    throw new SluiceError('definition.invalid', `model ${model.name}: ${thrown.message}`, {
      cause: thrown,
      facts: { ...thrown.facts, model: model.name },
      next: 'Correct the SQL of the model: DuckDB names the place.',
    })
  }
}

async function stage(connection: DuckConnection, plan: ModelPlan): Promise<{ readonly rowsIn: number; readonly rowsQuarantined: number }> {
  await connection.run(plan.stage)
  for (const { exists, mark } of plan.unique) {
    if ((await connection.value(exists)) !== null) await connection.run(mark)
  }
  const [counts] = await connection.rows<{ rows_in: number; broken: number }>(plan.counts)
  return { rowsIn: counts?.rows_in ?? 0, rowsQuarantined: counts?.broken ?? 0 }
}

async function allBroken(connection: DuckConnection, model: Model, plan: ModelPlan, rows: number): Promise<SluiceError> {
  const rules = await connection.rows<{ rule: string; rows: number }>(plan.summary)
  const most = rules[0]
  return new SluiceError(
    'quality.failed',
    `model ${model.name}: all ${rows} rows broke a rule, most often ${most?.rule ?? ''}; nothing was written`,
    {
      facts: { model: model.name, rows, rules },
      next: `Look at ${model.name}__quarantine, correct the model or its source, and clear the task; what the table held before is still there.`,
    },
  )
}
