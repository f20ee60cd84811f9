import type { PipelineSpec } from '@sluice/author'
import { type Pool, type Queryable, withRetry } from '@sluice/postgres'
import { channels } from './channels.ts'
import { specOfRun } from './runs.ts'

const cancelSql = `
select sluice.cancel($1) as id, pg_notify('${channels.cancel}', $1), pg_notify('${channels.run}', '')`

/** False when there is no such run. A run that has ended stays as it is. */
export async function cancelRun(db: Queryable, run: string): Promise<boolean> {
  return await withRetry(async () => (await db.query<{ id: string | null }>(cancelSql, [run]))[0]?.id != null)
}

const resetSql = `
with made as materialized (select sluice.reset_tasks($1, $2, $3, $4, $5, $6) as released)
select made.released, pg_notify('${channels.run}', ''), case when made.released > 0 then pg_notify('${channels.ready}', '') end from made`

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

/** False, and nothing changed, when one of the tasks is running. */
export async function resetTasks(db: Queryable, reset: Reset): Promise<boolean> {
  const params = [reset.run, reset.tasks, reset.raise, reset.refetch ?? false, reset.mark?.task ?? null, reset.mark?.state ?? null]
  return await withRetry(async () => (await db.query<{ released: number | null }>(resetSql, params))[0]?.released != null)
}

const newestSpecSql = `
select def.spec from sluice.run r join sluice.pipeline p on p.id = r.pipeline join sluice.definition def on def.id = p.definition where r.id = $1`

/**
 * Clears tasks of a run; one that has ended runs them with the newest version. A task that the newest version no longer has is cleared in
 * the run's own. Answers the cleared tasks, and whether nothing was done because one of them is running. @throws what `choose` does
 */
export async function clearTasks(
  pool: Pool,
  {
    run,
    task,
    refetch,
    choose,
  }: {
    readonly run: string
    readonly task: string
    readonly refetch: boolean
    readonly choose: (tasks: PipelineSpec['tasks']) => readonly string[]
  },
): Promise<{ readonly tasks: readonly string[]; readonly done: boolean }> {
  return await pool.transaction(
    async (tx) => {
      const [newest] = await tx.query<{ spec: PipelineSpec }>(newestSpecSql, [run])
      if (newest?.spec.tasks.some(({ name }) => name === task) === true) await tx.query('select sluice.renew($1)', [run])
      const tasks = choose((await specOfRun(tx, run)).tasks)
      return { tasks, done: await resetTasks(tx, { run, tasks, raise: true, refetch }) }
    },
    { retry: { attempts: 5 } },
  )
}
