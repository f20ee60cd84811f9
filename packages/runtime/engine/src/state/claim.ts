import type { Instant, Json, RunKey } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

/** What a worker must know to run one attempt. */
export interface Claim {
  /** Of the task run. */
  readonly id: number
  /** Names this claim: its end is recorded with it (rule 1). */
  readonly token: number
  readonly attempt: number
  readonly generation: number
  /** What this generation lands is asked of its source again. */
  readonly refetch: boolean
  readonly task: string
  readonly failures: number
  readonly firstStartedAt: Instant
  readonly startedAt: Instant
  readonly run: string
  readonly runState: string
  readonly project: string
  readonly pipeline: string
  /** Of the pipeline as its run's version defines it. */
  readonly definitionId: number
  readonly key: RunKey
  readonly trigger: 'scheduled' | 'manual' | 'backfill'
  readonly logicalTime: Instant
  readonly intervalStart: Instant
  readonly intervalEnd: Instant
  readonly params: Readonly<Record<string, Json>>
  readonly timeZone: string
  readonly file: string
  /** Outputs of the tasks directly above that gave one, by task name. */
  readonly upstream: Readonly<Record<string, Json>> | null
}

/** The columns of `sluice.claim`, for statements that call it as `c`. */
export const claimColumns = `c.id, c.token, c.attempt, c.generation, c.refetch, c.task, c.failures, c.first_started_at as "firstStartedAt",
  c.started_at as "startedAt", c.run, c.run_state as "runState", c.project, c.pipeline, c.definition as "definitionId", c.key, c.trigger,
  c.logical_time as "logicalTime", c.interval_start as "intervalStart", c.interval_end as "intervalEnd", c.params,
  c.time_zone as "timeZone", c.file, c.upstream`

const claimSql = `select ${claimColumns} from sluice.claim($1, $2, $3) c`

/** Takes up to `count` runnable tasks of the worker's version. */
export async function claim(db: Queryable, worker: number, versionId: number, count: number): Promise<readonly Claim[]> {
  return await db.query<Claim>({ name: 'sluice_claim', text: claimSql }, [worker, versionId, count])
}

const nextDueSql = `
select extract(epoch from min(t.run_at) - now()) * 1000 as ms from sluice.task_run t where t.version = $1 and t.state = 'queued'`

/** Milliseconds until the next queued task of a version is due; null when none is queued. */
export async function nextDueMs(db: Queryable, versionId: number): Promise<number | null> {
  const [row] = await db.query<{ ms: string | null }>({ name: 'sluice_next_due', text: nextDueSql }, [versionId])
  return row?.ms == null ? null : Number(row.ms)
}

const beganSql = `
update sluice.run set state = 'running', started_at = coalesce(started_at, now()) where id = any($1) and state = 'queued'`

/** For runs whose first task was claimed. It is apart from the claim, so that a claim never waits for the row of a run. */
export async function markBegan(db: Queryable, runs: readonly string[]): Promise<void> {
  await db.execute({ name: 'sluice_began', text: beganSql }, [runs])
}
