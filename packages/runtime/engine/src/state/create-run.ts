import type { Instant, Interval, Json, RunKey } from '@sluice/core'
import { type Queryable, storableJson, withRetry } from '@sluice/postgres'
import { channels } from './channels.ts'

/*
 * A run:
 *
 *   queued ------ admitted while fewer than maxActiveRuns are: its first tasks become queued ---> queued
 *   queued ------ a task was claimed ------------------------------------------------------------> running
 *   running ----- no task is open any more ------------------------------------------------------> success | failed | cancelled
 *   ended ------- a task was cleared or marked so that others are open again (generation + 1) ---> running
 */

export interface NewRun {
  readonly id: string
  readonly pipeline: number
  readonly key: RunKey
  readonly trigger: 'scheduled' | 'manual' | 'backfill'
  readonly logicalTime: Instant
  readonly interval: Interval
  readonly params: Readonly<Record<string, Json>>
}

const createSql = `
with made as materialized (select sluice.create_run($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb) as released)
select made.released, pg_notify('${channels.run}', ''), case when made.released > 0 then pg_notify('${channels.ready}', '') end from made`

/** Creates the run with all its tasks and begins it when there is room. False when its key is taken (rule 11). */
export async function createRun(db: Queryable, run: NewRun): Promise<boolean> {
  return await withRetry(async () => {
    const [row] = await db.query<{ released: number | null }>({ name: 'sluice_create_run', text: createSql }, [
      run.id,
      run.pipeline,
      run.key,
      run.trigger,
      run.logicalTime,
      run.interval.start,
      run.interval.end,
      storableJson(run.params),
    ])
    return row?.released != null
  })
}
