import type { ErrorRecord } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { AttemptSummary, TaskState } from '../api.ts'

interface AttemptRow {
  readonly mapIndex: number | null
  readonly attempt: number
  readonly worker: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly state: AttemptSummary['state']
  readonly error: ErrorRecord | null
  readonly reason: string | null
  readonly project: string
  readonly pipeline: string
}

const attemptsSql = `
select t.map_index as "mapIndex", a.attempt, a.worker, a.started_at as "startedAt", a.ended_at as "endedAt", a.state, a.error, a.reason, p.project, p.name as pipeline
from sluice.task_run t
join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
join lateral (
  select h.attempt, h.worker, h.started_at, h.ended_at, h.state, h.error, h.reason from sluice.attempt h where h.task_run = t.id
  union all
  select t.attempt, coalesce(t.worker::text, ''), t.started_at, null, case t.state when 'running' then 'running' else 'rescheduled' end, null, null
  where t.started_at is not null and (t.state = 'running' or (t.state in ('queued', 'waiting') and t.resume))
) a on true
where t.run = $1 and t.task = $2 and ($3::int is null or t.map_index = $3)
order by t.map_index, a.attempt`

/** Oldest first: those that ended and the one at hand. Of a mapped task those of each of its task runs, or of the one named. */
export async function listAttempts(db: Queryable, run: string, task: string, mapIndex?: number): Promise<readonly AttemptSummary[]> {
  const rows = await db.query<AttemptRow>(attemptsSql, [run, task, mapIndex ?? null])
  return rows.map(({ project, pipeline, ...row }) => ({ ...row, log: logPath({ ...row, project, pipeline, run, task }) }))
}

/** Relative to the state directory. */
export const logPath = (of: {
  readonly project: string
  readonly pipeline: string
  readonly run: string
  readonly task: string
  readonly mapIndex: number | null
  readonly attempt: number
}): string => `logs/${of.project}/${of.pipeline}/${of.run}/${of.task}/${of.mapIndex === null ? '' : `${of.mapIndex}/`}${of.attempt}.log`

const statesSql = `select t.task, t.state, t.attempt from sluice.task_run t where t.run = $1 order by t.no`

export const taskStates = (
  db: Queryable,
  run: string,
): Promise<readonly { readonly task: string; readonly state: TaskState; readonly attempt: number }[]> => db.query(statesSql, [run])
