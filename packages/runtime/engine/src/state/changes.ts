import type { Queryable } from '@sluice/postgres'
import type { Changes, TaskRunSummary } from '../api.ts'
import { runSummaries, taskColumns } from './runs.ts'

/*
 * Each change of a run or a task run carries the number of its transaction. A reader keeps the number of the oldest transaction that went
 * on when it looked: everything below has been seen, so it asks for what carries that number or a higher one. Transactions commit in
 * another order than they begin, so some changes are read twice; a reader knows them by `change`. What a look costs is what changed since
 * the one before.
 */

const nowSql = 'select pg_snapshot_xmin(pg_current_snapshot())::text as cursor'

const changedRunsSql = `
select r.id, r.changed::text as change from sluice.run r where r.changed >= $1::xid8 order by r.changed desc, r.id limit $2`

export const changedTasksStatement = `
select t.run, t.changed::text as change, ${taskColumns}
from sluice.task_run t where t.changed >= $1::xid8 and t.changed > '0'::xid8 and ($3::text is null or t.run = $3) order by t.changed desc, t.id limit $2`

/** More than anybody watches: beyond it the whole is asked for again. */
const most = 2_000

export type ChangedTask = { readonly run: string; readonly change: string } & Omit<TaskRunSummary, 'group' | 'upstream' | 'waitsFor'>

/** Where a reader begins: what comes after is a change to it. */
export async function changesFrom(db: Queryable): Promise<string> {
  const [row] = await db.query<{ cursor: string }>({ name: 'sluice_change_cursor', text: nowSql })
  return row?.cursor ?? '0'
}

/** Task runs that changed since, of one run or of all; the newest changes where there are more than `most`. */
export const changedTasks = (db: Queryable, since: string, run: string | null): Promise<readonly ChangedTask[]> =>
  db.query<ChangedTask>({ name: 'sluice_changed_tasks', text: changedTasksStatement }, [since, most, run])

export async function changesSince(db: Queryable, since: string): Promise<Changes> {
  const cursor = await changesFrom(db)
  const [own, tasks] = await Promise.all([
    db.query<{ id: string; change: string }>({ name: 'sluice_changed_runs', text: changedRunsSql }, [since, most]),
    changedTasks(db, since, null),
  ])
  const changes = new Map(tasks.map(({ run, change }) => [run, change]))
  for (const { id, change } of own) changes.set(id, change)
  const runs = await runSummaries(db, [...changes.keys()].slice(0, most))
  return {
    cursor,
    complete: own.length < most && tasks.length < most && changes.size <= most,
    runs: runs.map((run) => ({ run, change: changes.get(run.id) ?? '' })),
    tasks: tasks.map(({ change, ...task }) => ({ task, change })),
  }
}
