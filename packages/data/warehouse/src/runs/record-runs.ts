import type { RunRecord } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

const recordSql = `
insert into public.sluice_runs as known (run, project, pipeline, key, trigger, state, logical_time, created_at, started_at, ended_at,
  failed_task, error_code, error, tasks, tasks_succeeded, tasks_skipped, tasks_failed, rows_quarantined, change)
select r.run, r.project, r.pipeline, r.key, r.trigger, r.state,
  to_timestamp(r."logicalTime" / 1000), to_timestamp(r."createdAt" / 1000), to_timestamp(r."startedAt" / 1000), to_timestamp(r."endedAt" / 1000),
  r."failedTask", r."errorCode", r.error, r.tasks, r.succeeded, r.skipped, r.failed, r."rowsQuarantined", r.change
from jsonb_to_recordset($1::text::jsonb) r(run text, project text, pipeline text, key text, trigger text, state text,
  "logicalTime" numeric, "createdAt" numeric, "startedAt" numeric, "endedAt" numeric, "failedTask" text, "errorCode" text, error text,
  tasks int, succeeded int, skipped int, failed int, "rowsQuarantined" bigint, change int)
on conflict (run) do update set
  state = excluded.state, started_at = excluded.started_at, ended_at = excluded.ended_at, failed_task = excluded.failed_task,
  error_code = excluded.error_code, error = excluded.error, tasks = excluded.tasks, tasks_succeeded = excluded.tasks_succeeded,
  tasks_skipped = excluded.tasks_skipped, tasks_failed = excluded.tasks_failed,
  rows_quarantined = excluded.rows_quarantined, change = excluded.change
where known.change <= excluded.change`

/**
 * Puts runs into `sluice_runs`, each once: a later change, and the same one again, replace the row, an earlier one leaves it. Answers how
 * many rows were written.
 */
export const recordRuns = async (db: Queryable, runs: readonly RunRecord[]): Promise<number> =>
  runs.length === 0 ? 0 : await db.execute(recordSql, [JSON.stringify(runs)])

/** Whether the table holds no run: a warehouse that is new, or was made anew. */
export const knowsNoRun = async (db: Queryable): Promise<boolean> =>
  (await db.query('select 1 as one from public.sluice_runs limit 1')).length === 0
