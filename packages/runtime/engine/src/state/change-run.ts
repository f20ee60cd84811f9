import { type Queryable, withRetry } from '@sluice/postgres'
import { channels } from './channels.ts'

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
