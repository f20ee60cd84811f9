import { type ErrorRecord, type Json, notFound } from '@sluice/core'
import type { Connection, Queryable } from '@sluice/postgres'
import type { AskedBackup, BackupJob } from '../api.ts'

const selectJob = `
select j.id, j.kind, j.project, j.backup, j.keep, t.run, t.task, j.actor, j.asked_at as "askedAt", j.began_at as "beganAt",
  j.ended_at as "endedAt", j.result, j.error
from sluice.backup_job j left join sluice.task_run t on t.id = j.task_run`

const most = 2 ** 31 - 1

/** @throws `not_found` */
export async function findBackupJob(db: Queryable, id: number): Promise<BackupJob> {
  const [job] = id <= most ? await db.query<BackupJob & Record<string, unknown>>(`${selectJob} where j.id = $1`, [id]) : []
  if (job !== undefined) return job
  throw notFound(`nobody has asked for a backup ${id}`, {
    facts: { job: id },
    next: 'The number is in the answer to whoever asks for a backup. Those that are made: sluice backups list.',
  })
}

const insertSql = `
insert into sluice.backup_job (kind, project, backup, keep, actor) values ($1, $2, $3, $4, $5) returning id`

/** Asks for one in the name of a person. */
export async function insertBackupJob(db: Queryable, { kind, project, backup, keep }: AskedBackup, actor: string): Promise<number> {
  const [row] = await db.query<{ id: number }>(insertSql, [kind, project ?? null, backup ?? null, keep ?? null, actor])
  return row?.id ?? 0
}

/** How far the backup of a task that runs is; the first question asks for it. */
export async function askBackup(
  db: Queryable,
  of: { readonly run: string; readonly task: string },
): Promise<{ readonly ended: boolean; readonly result: Json; readonly error: ErrorRecord | null }> {
  const [row] = await db.query<{ ended: boolean; result: Json; error: ErrorRecord | null }>(
    'select ended, result, error from sluice.ask_backup($1, $2)',
    [of.run, of.task],
  )
  return row ?? { ended: false, result: null, error: null }
}

/** Whether one waits, or was left by a process that died with it. */
export async function backupJobsWait(db: Queryable): Promise<boolean> {
  return (await db.query('select 1 from sluice.backup_job where ended_at is null limit 1')).length > 0
}

/** The session makes them from now on, until it ends; false where another one does. */
export async function lockBackupJobs(session: Connection): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>(`select pg_try_advisory_lock(hashtextextended('sluice backup jobs', 0)) as locked`)
  return row?.locked === true
}

const beginSql = `
update sluice.backup_job set began_at = now()
where id = (select min(j.id) from sluice.backup_job j where j.ended_at is null) returning id`

/** The one that was asked for first, by whoever holds the lock. One that a dead process had begun begins anew. */
export async function beginBackupJob(session: Connection): Promise<BackupJob | undefined> {
  const [row] = await session.query<{ id: number }>(beginSql)
  return row === undefined ? undefined : await findBackupJob(session, row.id)
}

export async function endBackupJob(
  session: Connection,
  id: number,
  { result = null, error = null }: { readonly result?: Json; readonly error?: ErrorRecord | null },
): Promise<void> {
  await session.query('update sluice.backup_job set ended_at = now(), result = $2::jsonb, error = $3::jsonb where id = $1', [
    id,
    JSON.stringify(result),
    error === null ? null : JSON.stringify(error),
  ])
}

const unwantedSql = `
select 1 from sluice.backup_job j join sluice.task_run t on t.id = j.task_run
where j.id = $1 and (t.generation <> j.generation or t.state not in ('queued', 'waiting', 'running'))`

/** Whether the task that asked for it waits no longer: it was cancelled, took too long, or was cleared. */
export async function isUnwanted(db: Queryable, id: number): Promise<boolean> {
  return (await db.query(unwantedSql, [id])).length > 0
}
