import type { ErrorRecord, InputVersion, Json, Receipt } from '@sluice/core'
import { type Queryable, storableJson, withRetry } from '@sluice/postgres'
import type { ClaimRoom } from '../plan/batching.ts'
import { type Claim, claimColumns, claimParameters } from './claim.ts'

/*
 * A task run:
 *
 *   waiting ---- the tasks above allow it -----------------------------------> queued
 *   waiting ---- they forbid it ---------------------------------------------> skipped | upstream_failed
 *   queued ----- claimed, once `run_at` has come ----------------------------> running
 *   running ---- finished by its worker (fenced by task run, token, worker) ---> success | failed | skipped | cancelled
 *   running ---- may be tried again, a sensor's "not yet", given back --------> queued
 *   running ---- its worker died: reaped ------------------------------------> queued | failed after too many losses
 *   waiting, queued ---- the run is cancelled -------------------------------> cancelled
 *   ended ------ cleared (generation + 1), or decided anew after a mark ------> waiting
 *
 * Each transition is one SQL function in `functions/` and one statement for its caller. Locks are taken in this order: pipeline, run (by
 * id), task run. Every transition but a claim holds the row of the run. So two cascades in one run wait for each other, and batches over
 * several runs take their locks in one order: there are no deadlocks, and of two tasks that end at once the last one sees that it is the
 * last. A claim takes queued tasks with SKIP LOCKED and never waits.
 */

/**
 * How an attempt ended. `retry` and `rescheduled` (a sensor between polls) queue the task again after `delayMs`; `released` gives back a
 * claim that was never begun.
 */
export type Outcome = 'success' | 'failed' | 'skipped' | 'cancelled' | 'retry' | 'rescheduled' | 'released'

export interface FinishItem {
  readonly id: number
  /** Of the claim. */
  readonly token: number
  readonly outcome: Outcome
  readonly delayMs: number
  /** `undefined`: the task returned none. */
  readonly output: Json | undefined
  readonly error: ErrorRecord | null
  readonly reason: string | null
  readonly receipts: readonly Receipt[]
  /** Batches that wait for the step no more when it ended well. */
  readonly taken: readonly Pick<InputVersion, 'dataset' | 'batch'>[]
}

/** What a committed transition brought about. */
export interface Transition {
  /** How many tasks became runnable. */
  readonly released: number
  readonly endedRuns: readonly string[]
  /** Pipelines of the ended runs, where waiting runs may be admitted. */
  readonly pipelines: readonly number[]
}

export interface Finished extends Transition {
  /** Ids whose claim was not this worker's any more: what they did is discarded (rule 1). */
  readonly lost: readonly number[]
}

const finishSql = `
select released, lost, ended_runs as "endedRuns", pipelines from sluice.finish($1, $2::text::jsonb)`

/** One transaction for all items, tried again after deadlocks and lock timeouts. It may be repeated: the second time changes nothing. */
export async function finish(db: Queryable, worker: number, items: readonly FinishItem[]): Promise<Finished> {
  return await withRetry(async () => {
    const [row] = await db.query<Finished>({ name: 'sluice_finish', text: finishSql }, [worker, payloadOf(items)])
    return row ?? { released: 0, lost: [], endedRuns: [], pipelines: [] }
  })
}

const finishAndClaimSql = `
with f as materialized (select * from sluice.finish($1, $2::text::jsonb))
select f.released, f.lost, f.ended_runs as "endedRuns", f.pipelines, ${claimColumns}
from f left join lateral sluice.claim($1, $3, $4, $5, $6) c on true`

/**
 * Finishes and claims in one transaction: one commit for each task of a chain instead of two. It is not repeated after a lost connection,
 * since nobody knows then what was claimed.
 */
export async function finishAndClaim(
  db: Queryable,
  worker: number,
  items: readonly FinishItem[],
  room: ClaimRoom,
): Promise<{ readonly finished: Finished; readonly claims: readonly Claim[] }> {
  const statement = { name: 'sluice_finish_and_claim', text: finishAndClaimSql }
  return await withRetry(async () => {
    const parameters = [worker, payloadOf(items), ...claimParameters(room)]
    const rows = await db.query<Finished & (Claim | { readonly id: null })>(statement, parameters)
    const { released, lost, endedRuns, pipelines } = rows[0] ?? { released: 0, lost: [], endedRuns: [], pipelines: [] }
    return {
      finished: { released, lost, endedRuns, pipelines },
      claims: rows.filter((row): row is Finished & Claim => row.id !== null),
    }
  })
}

const payloadOf = (items: readonly FinishItem[]): string =>
  storableJson(items.map((item) => ({ ...item, output: item.output ?? null, hasOutput: item.output !== undefined })))

const admitSql = 'select coalesce(sum(sluice.admit(p.id)), 0)::int as released from unnest($1::int[]) p(id)'

/** Admits waiting runs of these pipelines where there is room. Answers how many tasks became runnable. */
export async function admit(db: Queryable, pipelines: readonly number[]): Promise<number> {
  if (pipelines.length === 0) return 0
  const sorted = [...pipelines].sort((a, b) => a - b)
  return await withRetry(async () => {
    const [row] = await db.query<{ released: number }>({ name: 'sluice_admit', text: admitSql }, [sorted])
    return row?.released ?? 0
  })
}
