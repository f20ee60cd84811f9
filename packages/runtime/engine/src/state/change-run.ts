import type { PipelineSpec } from '@sluice/author'
import type { Actor } from '@sluice/core'
import { type Queryable, withRetry } from '@sluice/postgres'
import { taskStates } from './attempts.ts'
import { specOfRun } from './runs.ts'

const cancelSql = 'select sluice.cancel_runs($1) as "openRuns"'

/** Answers the runs that it found open; those that have ended stay as they are. Who calls it notifies. */
export async function cancelRuns(db: Queryable, runs: readonly string[]): Promise<readonly string[]> {
  return await withRetry(async () => (await db.query<{ openRuns: readonly string[] }>(cancelSql, [runs]))[0]?.openRuns ?? [])
}

const changedBySql = 'update sluice.run set changed_by = $2 where id = any($1)'

/** Who changed these runs last. */
export const stampRuns = async (db: Queryable, runs: readonly string[], actor: Actor): Promise<void> =>
  void (await db.execute(changedBySql, [runs, actor]))

const resetSql = 'select sluice.reset_tasks($1, $2, $3, $4, $5, $6) as released'

export interface Reset {
  readonly run: string
  /** Tasks that go back to waiting. */
  readonly tasks: readonly string[]
  /** Whether they begin a new generation, whose writes replace the earlier ones. */
  readonly raise: boolean
  /** Whether the new generation asks its sources again. */
  readonly refetch?: boolean
  readonly mark?: { readonly task: string; readonly state: 'success' | 'failed' | 'skipped' }
}

/** How many tasks became runnable; undefined, and nothing changed, when one of the tasks is running. Who calls it notifies. */
export async function resetTasks(db: Queryable, reset: Reset): Promise<number | undefined> {
  const params = [reset.run, reset.tasks, reset.raise, reset.refetch ?? false, reset.mark?.task ?? null, reset.mark?.state ?? null]
  return await withRetry(async () => (await db.query<{ released: number | null }>(resetSql, params))[0]?.released ?? undefined)
}

const newestSpecSql = `
select def.spec from sluice.run r join sluice.pipeline p on p.id = r.pipeline join sluice.definition def on def.id = p.definition where r.id = $1`

/**
 * Clears tasks of a run; one that has ended runs them with the newest version. A task that the newest version no longer has is cleared in
 * the run's own. Answers the cleared tasks, and how many tasks became runnable: undefined when nothing was done because one of them is
 * running. To be called in a transaction. @throws what `choose` does
 */
export async function clearTasks(
  tx: Queryable,
  {
    run,
    task,
    refetch,
    choose,
  }: {
    readonly run: string
    readonly task: string
    readonly refetch: boolean
    /** Of the tasks of the version, and the names of all that the run has. */
    readonly choose: (tasks: PipelineSpec['tasks'], names: readonly string[]) => readonly string[]
  },
): Promise<{ readonly tasks: readonly string[]; readonly released: number | undefined }> {
  const [newest] = await tx.query<{ spec: PipelineSpec }>(newestSpecSql, [run])
  if (newest?.spec.tasks.some(({ name }) => name === task) === true) await tx.query('select sluice.renew($1)', [run])
  const names = new Set((await taskStates(tx, run)).map((each) => each.task))
  const tasks = choose((await specOfRun(tx, run)).tasks, [...names])
  return { tasks, released: await resetTasks(tx, { run, tasks, raise: true, refetch }) }
}
