import type { Queryable } from '@sluice/postgres'
import type { WaitFacts } from '../plan/why-it-waits.ts'

/** Each part is a probe of an index: of the runs under way, the living workers, and the tasks that run in the pools asked for. */
const factsSql = `
select now() as now, p.paused as "pipelinePaused", coalesce(b.paused, false) as "backfillPaused", r.admitted,
  (select count(*)::int from sluice.run a where a.pipeline = r.pipeline and a.state in ('queued', 'running') and a.admitted) as active,
  (select count(*)::int from sluice.worker w where w.state = 'alive' and w.lease_until > now()) as workers,
  coalesce((
    select jsonb_object_agg(substr(o.name, length(p.project) + 2), jsonb_build_object('slots', o.slots, 'running',
      (select count(*) from sluice.task_run t where t.pool = o.name and t.state = 'running')))
    from sluice.pool o where o.name = any(select p.project || ':' || name from unnest($2::text[]) name)
  ), '{}') as pools
from sluice.run r
join sluice.pipeline p on p.id = r.pipeline
left join sluice.backfill b on b.id = r.backfill
where r.id = $1`

/** @param pools those of its tasks that wait, by the names that their author gave them */
export async function waitFacts(db: Queryable, run: string, pools: readonly string[]): Promise<WaitFacts | undefined> {
  const [found] = await db.query<WaitFacts>({ name: 'sluice_wait_facts', text: factsSql }, [run, pools])
  return found
}
