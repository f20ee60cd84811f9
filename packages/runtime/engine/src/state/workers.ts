import { bugErrors } from '@sluice/core'
import { type Queryable, withRetry } from '@sluice/postgres'
import type { ToldEnd } from '../plan/how-it-ended.ts'
import { channels } from './channels.ts'
import type { Transition } from './finish.ts'

const registerSql = 'select sluice.register_worker($1, $2, $3) as id'

/** Registers a worker process under an id that is never used again. */
export async function registerWorker(
  db: Queryable,
  worker: { readonly host: string; readonly pid: number; readonly leaseMs: number },
): Promise<number> {
  const [row] = await db.query<{ id: number }>(registerSql, [worker.host, worker.pid, worker.leaseMs])
  if (row === undefined) throw bugErrors.unreachable('an insert gave no row')
  return row.id
}

const extendSql = 'select sluice.extend_lease($1, $2) as held'

/** False when the lease is lost: it expired, or a supervisor declared the process dead. */
export async function extendLease(db: Queryable, worker: number, leaseMs: number): Promise<boolean> {
  const [row] = await db.query<{ held: boolean }>({ name: 'sluice_extend', text: extendSql }, [worker, leaseMs])
  return row?.held === true
}

const unwantedSql = `
select t.id from sluice.task_run t join sluice.run r on r.id = t.run where t.worker = $1 and t.state = 'running' and r.cancel`

/** Tasks of the worker whose run was cancelled. */
export async function cancelledTasks(db: Queryable, worker: number): Promise<readonly number[]> {
  return (await db.query<{ id: number }>({ name: 'sluice_unwanted', text: unwantedSql }, [worker])).map(({ id }) => id)
}

const stopSql = 'select sluice.stop_worker($1)'

/** For a worker that has drained and holds no task. */
export async function stopWorker(db: Queryable, worker: number): Promise<void> {
  await db.execute(stopSql, [worker])
}

const heldSql = `
select t.attempt, t.task, t.map_index as "mapIndex", t.run, p.project, p.name as pipeline
from sluice.task_run t join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
where t.worker = $1 and t.state = 'running'`

export interface HeldTask {
  readonly attempt: number
  readonly task: string
  readonly mapIndex: number | null
  readonly run: string
  readonly project: string
  readonly pipeline: string
}

/** The tasks that a worker holds. */
export const heldTasks = (db: Queryable, worker: number): Promise<readonly HeldTask[]> => db.query<HeldTask>(heldSql, [worker])

/** How often a task may be lost in one generation before it fails: it is likely what kills its workers. */
export const mostLosses = 3

const reapSql = `
select released, reaped, ended_runs as "endedRuns", pipelines,
  (select count(pg_notify('${channels.ready}', '')) where released > 0) as notified
from sluice.reap($1, $2, $3)`

/**
 * Queues the tasks of dead workers again: of those named, which ended as `told`, and of all whose lease expired. Their notification is part
 * of it: a supervisor begins a process at once, which takes it longer than the others need to claim them.
 */
export async function reap(
  db: Queryable,
  gone: readonly number[] = [],
  told: ToldEnd | null = null,
): Promise<Transition & { readonly reaped: number }> {
  return await withRetry(async () => {
    const [row] = await db.query<Transition & { reaped: number }>({ name: 'sluice_reap', text: reapSql }, [gone, mostLosses, told])
    return row ?? { released: 0, reaped: 0, endedRuns: [], pipelines: [] }
  })
}

const forgetSql = `
delete from sluice.worker w
where w.state <> 'alive' and w.lease_until < now() - interval '1 day'
  and not exists (select 1 from sluice.task_run t where t.worker = w.id and t.state = 'running')`

/** Deletes the rows of processes that ended more than a day ago. */
export const forgetWorkers = (db: Queryable): Promise<number> => db.execute(forgetSql)
