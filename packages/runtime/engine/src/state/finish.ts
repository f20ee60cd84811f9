import type { ErrorRecord, Json, Receipt } from '@sluice/core'
import { type Queryable, withRetry } from '@sluice/postgres'

/**
 * How an attempt ended. `retry` and `rescheduled` (a sensor between polls) queue the task again after `delayMs`; `released` gives back a
 * claim that was never begun.
 */
export type Outcome = 'success' | 'failed' | 'skipped' | 'cancelled' | 'retry' | 'rescheduled' | 'released'

export interface FinishItem {
  readonly id: number
  readonly attempt: number
  readonly outcome: Outcome
  readonly delayMs: number
  /** `undefined`: the task gave none. */
  readonly output: Json | undefined
  readonly error: ErrorRecord | null
  readonly reason: string | null
  readonly receipts: readonly Receipt[]
}

export interface Moved {
  /** How many tasks became runnable. */
  readonly released: number
  readonly endedRuns: readonly string[]
  /** Pipelines of the ended runs: others may be admitted. */
  readonly pipelines: readonly number[]
}

export interface Finished extends Moved {
  /** Ids whose attempt was no longer this worker's: discard what they did (rule 1). */
  readonly lost: readonly number[]
}

const finishSql = `
select released, lost, ended_runs as "endedRuns", pipelines from sluice.finish($1, $2::text::jsonb)`

/** One transaction for all items. Deadlocks and lock timeouts are tried again; it may be repeated, a second time finds nothing to move. */
export async function finish(db: Queryable, worker: number, items: readonly FinishItem[]): Promise<Finished> {
  const payload = JSON.stringify(items.map((item) => ({ ...item, output: item.output ?? null, hasOutput: item.output !== undefined })))
  return await withRetry(async () => {
    const [row] = await db.query<Finished>({ name: 'sluice_finish', text: finishSql }, [worker, withoutNul(payload)])
    return row ?? { released: 0, lost: [], endedRuns: [], pipelines: [] }
  })
}

/** PostgreSQL's jsonb holds no NUL character; in JSON text it is an escape. */
const withoutNul = (json: string): string => json.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd')

const admitSql = 'select coalesce(sum(sluice.admit(p.id)), 0)::int as released from unnest($1::int[]) p(id)'

/** Lets waiting runs of pipelines begin where there is room. Answers how many tasks became runnable. */
export async function admit(db: Queryable, pipelines: readonly number[]): Promise<number> {
  if (pipelines.length === 0) return 0
  const sorted = [...pipelines].sort((a, b) => a - b)
  return await withRetry(async () => {
    const [row] = await db.query<{ released: number }>({ name: 'sluice_admit', text: admitSql }, [sorted])
    return row?.released ?? 0
  })
}
