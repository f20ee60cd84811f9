import { type Queryable, withRetry } from '@sluice/postgres'
import type { Transition } from './finish.ts'

const registerSql = `
insert into sluice.worker (host, pid, version, lease_until)
select $1, $2, v.id, now() + $4::float8 * interval '1 ms' from sluice.version v where v.name = $3
returning id, version as "versionId"`

/** Registers a worker process under an id that is never used again. Undefined when the version was never published. */
export async function registerWorker(
  db: Queryable,
  worker: { readonly host: string; readonly pid: number; readonly version: string; readonly leaseMs: number },
): Promise<{ readonly id: number; readonly versionId: number } | undefined> {
  const [row] = await db.query<{ id: number; versionId: number }>(registerSql, [worker.host, worker.pid, worker.version, worker.leaseMs])
  return row
}

const extendSql = `
update sluice.worker set lease_until = now() + $2::float8 * interval '1 ms' where id = $1 and state = 'alive' and lease_until > now()`

/** False when the lease is lost: it expired, or a supervisor declared the process dead. */
export async function extendLease(db: Queryable, worker: number, leaseMs: number): Promise<boolean> {
  return (await db.execute({ name: 'sluice_extend', text: extendSql }, [worker, leaseMs])) === 1
}

const unwantedSql = `
select t.id from sluice.task_run t join sluice.run r on r.id = t.run where t.worker = $1 and t.state = 'running' and r.cancel`

/** Tasks of the worker whose run was cancelled. */
export async function cancelledTasks(db: Queryable, worker: number): Promise<readonly number[]> {
  return (await db.query<{ id: number }>({ name: 'sluice_unwanted', text: unwantedSql }, [worker])).map(({ id }) => id)
}

const stopSql = `update sluice.worker set state = 'stopped' where id = $1 and state = 'alive'`

/** For a worker that has drained and holds no task. */
export async function stopWorker(db: Queryable, worker: number): Promise<void> {
  await db.execute(stopSql, [worker])
}

/** How often a task may be lost in one generation before it fails: it is likely what kills its workers. */
export const mostLosses = 3

const reapSql = `
select released, reaped, ended_runs as "endedRuns", pipelines from sluice.reap($1, $2)`

/** Queues the tasks of dead workers again: of those named, and of all whose lease expired. */
export async function reap(db: Queryable, gone: readonly number[] = []): Promise<Transition & { readonly reaped: number }> {
  return await withRetry(async () => {
    const [row] = await db.query<Transition & { reaped: number }>({ name: 'sluice_reap', text: reapSql }, [gone, mostLosses])
    return row ?? { released: 0, reaped: 0, endedRuns: [], pipelines: [] }
  })
}

const forgetSql = `
delete from sluice.worker w
where w.state <> 'alive' and w.lease_until < now() - interval '1 day'
  and not exists (select 1 from sluice.task_run t where t.worker = w.id and t.state = 'running')`

/** Deletes the rows of processes that ended more than a day ago. */
export const forgetWorkers = (db: Queryable): Promise<number> => db.execute(forgetSql)

const demandSql = `
select v.name as version, sum(q.queued)::int as queued, sum(q.running)::int as running, max(q."waitedMs")::float8 as "waitedMs"
from sluice.version v
join (
  select t.version, count(*) as queued, 0 as running, extract(epoch from now() - min(t.run_at)) * 1000 as "waitedMs"
  from sluice.task_run t where t.state = 'queued' and t.run_at <= now() + interval '1 second' group by t.version
  union all
  select t.version, 0, count(*), 0 from sluice.task_run t where t.state = 'running' group by t.version
) q on q.version = v.id
group by v.name`

/** Per version: tasks that are due now or within a second, tasks that run, and how long the first due one has waited. */
export interface Demand {
  readonly version: string
  readonly queued: number
  readonly running: number
  readonly waitedMs: number
}

export const demand = (db: Queryable): Promise<readonly Demand[]> => db.query<Demand>({ name: 'sluice_demand', text: demandSql })

const currentSql = `
select v.name as version from sluice.version v
join sluice.definition def on def.version = v.id join sluice.pipeline p on p.definition = def.id and p.active
group by v.id, v.name order by v.id desc`

/** Versions that pipelines use now, newest first. */
export const currentVersions = async (db: Queryable): Promise<readonly string[]> =>
  (await db.query<{ version: string }>(currentSql)).map(({ version }) => version)
