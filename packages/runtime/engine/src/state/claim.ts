import type { Instant, Json, RunClass, RunKey } from '@sluice/core'
import { type Queryable, withRetry } from '@sluice/postgres'
import type { ClaimRoom } from '../plan/batching.ts'

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
  /** Which task run of a mapped task. */
  readonly mapIndex: number | null
  /** It uses the processor: one such attempt at a time in a process. */
  readonly computes: boolean
  /** It may block the event loop: nothing runs beside it. */
  readonly isolated: boolean
  /** Of this generation: how often a process died while it ran the task. */
  readonly losses: number
  readonly failures: number
  readonly firstStartedAt: Instant
  readonly startedAt: Instant
  readonly run: string
  readonly runState: string
  readonly project: string
  readonly pipeline: string
  /** Number of the version that its run keeps. */
  readonly version: number
  /** Of the pipeline as its run's version defines it. */
  readonly definitionId: number
  readonly key: RunKey
  readonly trigger: RunClass
  readonly logicalTime: Instant
  readonly intervalStart: Instant
  readonly intervalEnd: Instant
  readonly params: Readonly<Record<string, Json>>
  readonly timeZone: string
  readonly file: string
}

/** The columns of `sluice.claim`, for statements that call it as `c`. */
export const claimColumns = `c.id, c.token, c.attempt, c.generation, c.refetch, c.task, c.map_index as "mapIndex", c.computes, c.isolated, c.losses, c.failures,
  c.first_started_at as "firstStartedAt", c.started_at as "startedAt", c.run, c.run_state as "runState", c.project, c.pipeline, c.version, c.definition as "definitionId", c.key,
  c.trigger, c.logical_time as "logicalTime", c.interval_start as "intervalStart", c.interval_end as "intervalEnd", c.params,
  c.time_zone as "timeZone", c.file`

/** The parameters of `sluice.claim` after the worker. */
export const claimParameters = ({ room, computing, alone, versions }: ClaimRoom): readonly unknown[] => [room, computing, alone, versions]

const claimSql = `select ${claimColumns} from sluice.claim($1, $2, $3, $4, $5) c`

/** Takes the most urgent runnable tasks that there is room for. Tried again where it lost a deadlock over the rows of pools. */
export async function claim(db: Queryable, worker: number, room: ClaimRoom): Promise<readonly Claim[]> {
  return await withRetry(() => db.query<Claim>({ name: 'sluice_claim', text: claimSql }, [worker, ...claimParameters(room)]))
}

const heldSql = `select t.id, t.token from sluice.task_run t where t.worker = $1 and t.state = 'running'`

/** The claims that the database has of a worker. */
export const heldClaims = (db: Queryable, worker: number): Promise<readonly Pick<Claim, 'id' | 'token'>[]> =>
  db.query<Pick<Claim, 'id' | 'token'>>({ name: 'sluice_held', text: heldSql }, [worker])

export const nextDueStatement = `
select extract(epoch from min(d.run_at) - now()) * 1000 as ms from (
  select h.run_at from sluice.queue_parts() p cross join lateral (
    select t.run_at from sluice.task_run t
    where t.state = 'queued' and t.losses = 0
      and t.version = p.version and t.work = p.work and coalesce(t.pool, '') = p.pool and -t.priority = p.urgency
      and t.run_at > now() - interval '100 ms'
    order by t.run_at limit 1
  ) h
  where $1::int[] is null or p.version = any($1)
  union all
  select t.run_at from sluice.task_run t
  where t.state = 'queued' and t.losses > 0 and t.run_at > now() - interval '100 ms' and ($1::int[] is null or t.version = any($1))
) d`

/**
 * Milliseconds until the next queued task of these versions is due; null when none is. What has been due for longer waits for something
 * else than time: room in its pool. What became due a moment ago may have come between the claim and this look.
 */
export async function nextDueMs(db: Queryable, versions: readonly number[] | null): Promise<number | null> {
  const [row] = await db.query<{ ms: string | null }>({ name: 'sluice_next_due', text: nextDueStatement }, [versions])
  return row?.ms == null ? null : Number(row.ms)
}

const othersWaitSql = `
select exists (
  select from sluice.queue_parts() p cross join lateral (
    select from sluice.task_run t
    where t.state = 'queued' and t.losses = 0
      and t.version = p.version and t.work = p.work and coalesce(t.pool, '') = p.pool and -t.priority = p.urgency
      and t.run_at <= now()
    limit 1
  ) h
  where p.version <> all($1::int[])
) or exists (
  select from sluice.task_run t where t.state = 'queued' and t.losses > 0 and t.run_at <= now() and t.version <> all($1::int[])
) as waits`

/** Whether a task of another version could run now. */
export async function othersWait(db: Queryable, versions: readonly number[]): Promise<boolean> {
  const [row] = await db.query<{ waits: boolean }>({ name: 'sluice_others_wait', text: othersWaitSql }, [versions])
  return row?.waits === true
}

const beganSql = 'select sluice.mark_began($1, $2)'

/** For claims of tasks whose run had not begun. */
export async function markBegan(db: Queryable, claims: readonly Pick<Claim, 'run' | 'startedAt'>[]): Promise<void> {
  await db.execute({ name: 'sluice_began', text: beganSql }, [
    claims.map(({ run }) => run),
    claims.map(({ startedAt }) => Math.floor(startedAt)),
  ])
}
