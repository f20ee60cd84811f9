import type { Queryable } from '@sluice/postgres'
import type { PoolSummary } from '../api.ts'

/** What waits for the time of a retry or a poll does not wait for the pool. */
const poolsSql = `
select split_part(o.name, ':', 1) as project, substr(o.name, position(':' in o.name) + 1) as name, o.slots,
  (select count(*)::int from sluice.task_run t where t.pool = o.name and t.state = 'running') as running,
  coalesce(q.queued, 0) as queued
from sluice.pool o
left join (
  select t.pool, count(*)::int as queued from sluice.task_run t
  where t.state = 'queued' and t.pool is not null and t.run_at <= now() group by t.pool
) q on q.pool = o.name
where $1::text[] is null or split_part(o.name, ':', 1) = any($1)
order by o.name`

/** @param projects all unless given */
export const listPools = (db: Queryable, projects: readonly string[] | null): Promise<readonly PoolSummary[]> =>
  db.query<PoolSummary>(poolsSql, [projects])
