import type { ActiveRuns } from '@sluice/author'
import type { Instant, Schedule } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

/** A pipeline whose next tick is due, with the facts that the decision needs. */
export interface DuePipeline {
  readonly id: number
  readonly project: string
  readonly name: string
  readonly schedule: Schedule
  readonly catchup: boolean
  readonly maxActiveRuns: ActiveRuns
  readonly timeZone: string
  readonly cursor: Instant
  readonly nextTick: Instant
  /** Scheduled runs that may run now, and those that wait for room and were not cleared. */
  readonly active: number
  readonly waiting: number
}

const pageSize = 200

const dueSql = `
select p.id, p.project, p.name, def.spec -> 'schedule' as schedule, def.spec -> 'catchup' = 'true' as catchup,
  def.spec -> 'maxActiveRuns' as "maxActiveRuns", def.time_zone as "timeZone", p.cursor_at as cursor, p.next_tick as "nextTick",
  (select count(*) from sluice.run r where r.pipeline = p.id and r.trigger = 'scheduled' and r.state in ('queued', 'running') and r.admitted) as active,
  (select count(*) from sluice.run r where r.pipeline = p.id and r.trigger = 'scheduled' and r.state in ('queued', 'running') and not r.admitted
    and r.generation = 1) as waiting
from sluice.pipeline p join sluice.definition def on def.id = p.definition
where p.active and not p.paused and p.next_tick <= timestamptz 'epoch' + $1::bigint * interval '1 ms'
  and (p.next_tick, p.id) > (timestamptz 'epoch' + $2::bigint * interval '1 ms', $3)
  and jsonb_typeof(def.spec -> 'schedule') = 'object'
order by p.next_tick, p.id limit ${pageSize}`

/** Page after page: those that wait for room keep their tick and stay first, and hide nobody behind them. */
export async function* duePipelines(db: Queryable, now: Instant): AsyncGenerator<DuePipeline> {
  let after: Pick<DuePipeline, 'nextTick' | 'id'> = { nextTick: -62_135_596_800_000, id: 0 }
  for (;;) {
    const page = await db.query<DuePipeline>({ name: 'sluice_due', text: dueSql }, [now, after.nextTick, after.id])
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last
  }
}

const advanceSql = `
update sluice.pipeline p set
  cursor_at = timestamptz 'epoch' + $3::bigint * interval '1 ms',
  next_tick = case when $4::bigint is null then null else timestamptz 'epoch' + $4::bigint * interval '1 ms' end
where p.id = $1 and p.cursor_at = timestamptz 'epoch' + $2::bigint * interval '1 ms'`

/** Moves the cursor, unless another scheduler was faster. */
export async function advanceCursor(
  db: Queryable,
  pipeline: number,
  from: Instant,
  to: Instant,
  nextTick: Instant | undefined,
): Promise<void> {
  await db.execute(advanceSql, [pipeline, from, to, nextTick ?? null])
}

const earliestSql = `
select min(p.next_tick) as at from sluice.pipeline p
where p.active and not p.paused and p.next_tick > timestamptz 'epoch' + $1::bigint * interval '1 ms'`

/** The first tick after an instant. */
export async function earliestTick(db: Queryable, after: Instant): Promise<Instant | null> {
  const [row] = await db.query<{ at: Instant | null }>({ name: 'sluice_earliest', text: earliestSql }, [after])
  return row?.at ?? null
}

export interface PipelineName {
  readonly id: number
  readonly project: string
  readonly name: string
}

const waitingSql = `
select p.id, p.project, p.name from sluice.pipeline p
where not p.paused
  and exists (select 1 from sluice.run r where r.pipeline = p.id and r.state in ('queued', 'running') and not r.admitted)
order by p.id`

const roomSql = `
select w.id, w.project, w.name from (${waitingSql} offset 0) w where cardinality(sluice.admissible(w.id)) > 0 order by w.id`

/** Pipelines with waiting runs, be there room or not. */
export const pipelinesThatWait = (db: Queryable): Promise<readonly PipelineName[]> => db.query<PipelineName>(waitingSql)

/** Pipelines with waiting runs and room for them: the process that should have admitted them died. */
export const pipelinesWithRoom = (db: Queryable): Promise<readonly PipelineName[]> =>
  db.query<PipelineName>({ name: 'sluice_room', text: roomSql })

/** A pipeline whose ticks are decided up to an instant that has not come: the clock was set back, or had been set forward. */
export interface AheadPipeline extends PipelineName {
  readonly cursor: Instant
}

/** Clocks of hosts differ by less. */
const toleranceMs = 60_000

const aheadSql = `
select p.id, p.project, p.name, p.cursor_at as cursor from sluice.pipeline p
where p.active and not p.paused and p.next_tick is not null and p.cursor_at > timestamptz 'epoch' + $1::bigint * interval '1 ms'
order by p.id limit 20`

export const pipelinesAhead = (db: Queryable, now: Instant): Promise<readonly AheadPipeline[]> =>
  db.query<AheadPipeline>({ name: 'sluice_ahead', text: aheadSql }, [now + toleranceMs])
