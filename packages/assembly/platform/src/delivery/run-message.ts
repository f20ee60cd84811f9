import type { ErrorRecord, SluiceError } from '@sluice/core'
import { logPath } from '@sluice/engine'
import { type Message, notifyErrors, type OutboxRow, runFailure, runSubject, runSuccess } from '@sluice/notify'
import type { Queryable } from '@sluice/postgres'

interface RunOfMessage {
  readonly project: string
  readonly pipeline: string
  readonly timeZone: string
  readonly logicalTime: number
  readonly startedAt: number
  readonly endedAt: number
}

interface FailedTask {
  readonly task: string
  readonly attempt: number
  readonly error: ErrorRecord | null
  readonly reason: string | null
}

/**
 * $1 id in the outbox. The run ended when the message was written, in the same transaction; a run that was cleared since may be running
 * again.
 */
const runSql = `
select p.project, p.name as pipeline, def.time_zone as "timeZone", r.logical_time as "logicalTime",
  coalesce(case when r.started_at <= o.created_at then r.started_at end, (
    select min(h.started_at) from sluice.attempt h join sluice.task_run t on t.id = h.task_run where t.run = r.id and h.ended_at <= o.created_at
  ), o.created_at) as "startedAt", o.created_at as "endedAt"
from sluice.outbox o
join sluice.run r on r.id = o.run
join sluice.pipeline p on p.id = r.pipeline
join sluice.definition def on def.id = r.definition
where o.id = $1`

/**
 * Of the row `o` of the outbox and its run `r`: the tasks that had failed when the message was written, in the order in which they failed:
 * those whose latest attempt had failed by then, and those that somebody had marked as failed, which is known only while the run is as it
 * was then.
 */
const failedTasks = `
  select t.task, coalesce(a.attempt, t.attempt) as attempt, coalesce(a.error, t.error) as error, t.reason
  from sluice.task_run t
  left join lateral (
    select h.attempt, h.state, h.error, h.ended_at from sluice.attempt h
    where h.task_run = t.id and h.ended_at <= o.created_at
    order by h.attempt desc limit 1
  ) a on true
  where t.run = o.run and case when r.ended_at = o.created_at then t.state = 'failed' else a.state in ('failed', 'lost') end
  order by coalesce(a.ended_at, t.ended_at), t.no`

/** $1 id in the outbox. */
const failedSql = `
select f.* from sluice.outbox o join sluice.run r on r.id = o.run cross join lateral (${failedTasks}) f where o.id = $1`

/** $1 keys in the outbox. */
const aboutSql = `
select o.key, o.event, p.project, p.name as pipeline, def.time_zone as "timeZone", r.logical_time as "logicalTime", f.task
from sluice.outbox o
join sluice.run r on r.id = o.run
join sluice.pipeline p on p.id = r.pipeline
join sluice.definition def on def.id = r.definition
left join lateral (${failedTasks} limit 1) f on o.event = 'failure'
where o.key = any($1)`

interface AboutRow extends Pick<RunOfMessage, 'project' | 'pipeline' | 'timeZone' | 'logicalTime'> {
  readonly key: string
  readonly event: 'success' | 'failure'
  readonly task: string | null
}

/** What messages about runs are about, by their keys: the subjects are those that their mails have. */
export async function aboutMessages(
  db: Queryable,
  keys: readonly string[],
  languages: RunMessageOptions['languages'],
): Promise<ReadonlyMap<string, { readonly project: string; readonly subject: string }>> {
  const rows = await db.query<AboutRow>(aboutSql, [keys])
  return new Map(
    rows.map(({ key, event, task, ...run }) => {
      const failedAt = event === 'failure' ? (task ?? unknownTask) : null
      return [key, { project: run.project, subject: runSubject({ ...run, failedAt, language: languages[run.project] ?? 'en' }) }]
    }),
  )
}

/** Of a run that was cleared since: what had failed is not known any more. */
const unknownTask = 'unknown'

/** $1 id in the outbox. What the run had written when the message was written. */
const writtenSql = `
select l.receipt ->> 'dataset' as dataset, coalesce((l.receipt ->> 'rowsWritten')::float8, 0) as "rowsWritten",
  coalesce((l.receipt ->> 'rowsQuarantined')::float8, 0) as "rowsQuarantined"
from sluice.outbox o
join sluice.task_run t on t.run = o.run
join sluice.ledger l on l.task_run = t.id
where o.id = $1 and l.recorded_at <= o.created_at
order by l.id limit 100`

export interface RunMessageOptions {
  /** The path to show for a log, whose path is given relative to the state directory. */
  readonly logs: (path: string) => string
  /** By project; English where it is not there. */
  readonly languages: Readonly<Record<string, string>>
}

/**
 * The message of a row in the engine's outbox: the run as it was when the row was written.
 */
export async function runMessage(db: Queryable, row: OutboxRow, { logs, languages }: RunMessageOptions): Promise<Message> {
  const [run] = await db.query<RunOfMessage>(runSql, [row.id])
  if (run === undefined) throw goneRun(row)
  const facts = { ...run, run: String(row.run), language: languages[run.project] ?? 'en' }
  if (row.event === 'success') {
    const datasets = await db.query<{ dataset: string; rowsWritten: number; rowsQuarantined: number }>(writtenSql, [row.id])
    return runSuccess({ ...facts, datasets })
  }
  const [first, ...others] = await db.query<FailedTask>(failedSql, [row.id])
  const { task, attempt, error, reason } = first ?? { task: unknownTask, attempt: 1, error: null, reason: null }
  return runFailure({
    ...facts,
    task,
    attempt,
    error: error ?? { code: 'task.failed', message: reason ?? 'it failed without an error record' },
    logPath: logs(logPath({ ...facts, task, mapIndex: null, attempt })),
    alsoFailed: others.map((other) => other.task),
  })
}

const goneRun = ({ run }: OutboxRow): SluiceError =>
  notifyErrors.refused(`the run ${String(run)} of this message is gone`, {
    facts: { run: String(run) },
    next: 'There is nothing to do: nothing is left to report.',
  })
