import type { PipelineSpec } from '@sluice/author'
import type { Instant } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

/** A pipeline whose next tick is due, with the facts that the decision needs. */
export interface DuePipeline {
  readonly id: number
  readonly project: string
  readonly name: string
  readonly spec: PipelineSpec
  readonly timeZone: string
  readonly cursor: Instant
  /** Runs that may run now, and scheduled runs that wait for room. */
  readonly active: number
  readonly waiting: number
}

const dueSql = `
select p.id, p.project, p.name, def.spec, def.time_zone as "timeZone", p.cursor_at as cursor,
  (select count(*) from sluice.run r where r.pipeline = p.id and r.state in ('queued', 'running') and r.admitted) as active,
  (select count(*) from sluice.run r where r.pipeline = p.id and r.state in ('queued', 'running') and not r.admitted) as waiting
from sluice.pipeline p join sluice.definition def on def.id = p.definition
where p.active and not p.paused and p.next_tick <= timestamptz 'epoch' + $1::bigint * interval '1 ms'
order by p.next_tick, p.id limit 200`

export const duePipelines = (db: Queryable, now: Instant): Promise<readonly DuePipeline[]> => db.query<DuePipeline>(dueSql, [now])

const advanceSql = `
update sluice.pipeline p set
  cursor_at = timestamptz 'epoch' + $3::bigint * interval '1 ms',
  next_tick = case when $4::bigint is null then null else timestamptz 'epoch' + $4::bigint * interval '1 ms' end
where p.id = $1 and p.cursor_at = timestamptz 'epoch' + $2::bigint * interval '1 ms'`

/** Advances the cursor, unless another scheduler was faster. */
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
  const [row] = await db.query<{ at: Instant | null }>(earliestSql, [after])
  return row?.at ?? null
}

const roomSql = `
select p.id from sluice.pipeline p join sluice.definition def on def.id = p.definition
where exists (select 1 from sluice.run r where r.pipeline = p.id and r.state in ('queued', 'running') and not r.admitted)
  and (select count(*) from sluice.run r where r.pipeline = p.id and r.state in ('queued', 'running') and r.admitted)
    < coalesce((def.spec ->> 'maxActiveRuns')::int, 1)
order by p.id`

/** Pipelines with waiting runs and room for them: the process that should have admitted them died. */
export const pipelinesWithRoom = async (db: Queryable): Promise<readonly number[]> =>
  (await db.query<{ id: number }>(roomSql)).map(({ id }) => id)
