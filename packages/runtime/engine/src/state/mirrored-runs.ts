import type { RunRecord } from '@sluice/core'
import { type Queryable, withRetry } from '@sluice/postgres'

const changedSql = `
select r.id as run, p.project, p.name as pipeline, r.key, r.trigger, r.state, r.logical_time as "logicalTime", r.created_at as "createdAt",
  r.started_at as "startedAt", r.ended_at as "endedAt", r.change, c.*, q."rowsQuarantined", f.task as "failedTask",
  case when f.task is not null then coalesce(f.error ->> 'code', 'task.failed') end as "errorCode",
  case when f.task is not null then coalesce(f.error ->> 'message', f.reason, 'it failed without an error record') end as error
from sluice.run r
join sluice.pipeline p on p.id = r.pipeline
cross join lateral (
  select count(*)::int as tasks,
    count(*) filter (where t.state = 'success')::int as succeeded,
    count(*) filter (where t.state = 'skipped')::int as skipped,
    count(*) filter (where t.state in ('failed', 'upstream_failed'))::int as failed
  from sluice.task_run t where t.run = r.id
) c
cross join lateral (
  select coalesce(sum(l.quarantined), 0)::float8 as "rowsQuarantined"
  from (
    select distinct on (l.batch, l.dataset) (l.receipt ->> 'rowsQuarantined')::float8 as quarantined
    from sluice.task_run t join sluice.ledger l on l.task_run = t.id where t.run = r.id
    order by l.batch, l.dataset, l.generation desc
  ) l
) q
left join lateral (
  select t.task, t.error, t.reason from sluice.task_run t where t.run = r.id and t.state = 'failed' order by t.ended_at, t.no limit 1
) f on true
where r.mirrored < r.change and p.project = $1
order by r.id limit $2`

/** Runs of the project whose latest end, or its taking back, is in no copy yet; read in one snapshot with the count that marks them. */
export const changedRuns = async (db: Queryable, project: string, limit: number): Promise<readonly RunRecord[]> =>
  await db.query<RunRecord>(changedSql, [project, limit])

const markSql = `
with given as materialized (
  select r.id, g.change from unnest($1::text[], $2::int[]) g(id, change) join sluice.run r on r.id = g.id
  order by r.id for no key update of r
)
update sluice.run r set mirrored = g.change from given g where r.id = g.id and r.mirrored < g.change`

/** Notes that the copy has these changes. A run that changed meanwhile is copied again. */
export async function markMirrored(db: Queryable, runs: readonly Pick<RunRecord, 'run' | 'change'>[]): Promise<void> {
  const params = [runs.map(({ run }) => run), runs.map(({ change }) => change)]
  await withRetry(() => db.execute(markSql, params))
}

const forgetSql = `
with ended as materialized (
  select r.id from sluice.run r join sluice.pipeline p on p.id = r.pipeline
  where r.mirrored > 0 and ($1::text is null or p.project = $1)
  order by r.id for no key update of r
)
update sluice.run r set mirrored = 0 from ended e where r.id = e.id`

/** Lets all runs of the project (`null`: of all projects) be copied again. Answers how many. */
export const forgetMirrored = async (db: Queryable, project: string | null): Promise<number> =>
  await withRetry(() => db.execute(forgetSql, [project]))
