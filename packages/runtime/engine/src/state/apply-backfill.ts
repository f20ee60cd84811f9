import { type Interval, type RunKey, requestErrors, type SluiceError } from '@sluice/core'
import { type By, type Connection, changingTogether, type Pool } from '@sluice/postgres'
import { stampRuns } from './change-run.ts'
import { createRuns, type NewRun } from './create-runs.ts'
import { admit } from './finish.ts'

export interface BackfillChanges {
  readonly pipeline: number
  readonly interval: Interval
  readonly reprocess: boolean
  /** Of its own runs; null where it has no limit of its own. */
  readonly maxActiveRuns: number | null
  readonly by: By
  readonly create: readonly NewRun[]
  /** Runs that begin a new generation of all their tasks, with the newest version. */
  readonly clear: readonly string[]
}

export interface MadeBackfill {
  /** Null where there was nothing to do. */
  readonly id: number | null
  /** Keys of the runs it made: another process may have been faster with a tick. */
  readonly made: ReadonlySet<RunKey>
  /** How many tasks became runnable, at most. */
  readonly released: number
}

const lockPipelineSql = 'select 1 from sluice.pipeline where id = $1 for no key update'

const enterSql = `
insert into sluice.backfill (paused, pipeline, interval_start, interval_end, reprocess, max_active_runs, actor)
values (true, $1, timestamptz 'epoch' + $2::bigint * interval '1 ms', timestamptz 'epoch' + $3::bigint * interval '1 ms', $4, $5, $6)
returning id`

/** Its runs are put together while it is paused, so that the oldest begins first, be it made or cleared. */
const startSql = 'update sluice.backfill set paused = false where id = $1'

/** Runs that are processed again are the backfill's from here on: they wait with it, and hold up neither the schedule nor people. */
const reprocessSql = 'select sluice.reprocess($1, $2) as busy'

/** All changes or none. Who calls it notifies. @throws `request.invalid` while a task of a run to be cleared is running */
export async function applyBackfill(pool: Pool, changes: BackfillChanges): Promise<MadeBackfill> {
  if (changes.create.length === 0 && changes.clear.length === 0) return { id: null, made: new Set(), released: 0 }
  return await changingTogether(pool, changes.by, (tx) => apply(tx, changes))
}

async function apply(tx: Connection, changes: BackfillChanges): Promise<MadeBackfill> {
  const { pipeline, interval, reprocess, maxActiveRuns, create, clear, by } = changes
  // The order of locks of finish.ts: pipeline, runs, tasks.
  await tx.query(lockPipelineSql, [pipeline])
  const [entered] = await tx.query<{ id: number }>(enterSql, [pipeline, interval.start, interval.end, reprocess, maxActiveRuns, by.actor])
  const id = entered?.id ?? 0
  if (clear.length > 0) {
    const [row] = await tx.query<{ busy: readonly string[] }>(reprocessSql, [clear, id])
    if (row !== undefined && row.busy.length > 0) throw stillRunning(row.busy)
    await stampRuns(tx, clear, by.actor)
  }
  const { made } = await createRuns(tx, {
    pipeline,
    trigger: 'backfill',
    backfill: id,
    runs: create,
    params: {},
    actor: by.actor,
    notifies: [],
  })
  await tx.execute(startSql, [id])
  const released = clear.length + (await admit(tx, [pipeline]))
  return { id, made: new Set(made), released }
}

const stillRunning = (runs: readonly string[]): SluiceError =>
  requestErrors.invalid(`tasks of these runs are running, so nothing was changed: ${runs.join(', ')}`, {
    facts: { runs },
    next: 'Wait until they have ended, or cancel these runs first.',
  })
