import { configErrors } from '@sluice/core'
import { withSession } from '@sluice/postgres'

export interface SessionUsers {
  /** Worker processes. */
  readonly workers: number
  readonly projects: number
}

/** What a worker holds while it is idle: two for claims, records and its tasks' questions to the engine, one for the heartbeat. */
const ofWorker = 3
/** What its tasks hold at once beside that, as a rule: a load, a few statements that wait, the credits that were spent. */
const ofTasks = 7
/** Scheduler, supervisor, engine, users, relay, run mirror, publication, and who looks from outside. */
const ofServer = 25
/** The relay and the run mirror of a warehouse, and the pools of its owner and its reader that answer people. */
const ofProject = 14

/** `max_connections` of an embedded server: PostgreSQL's own default, and more for many workers. One costs some 20 KB of shared memory. */
export const embeddedSessions = ({ workers, projects }: SessionUsers): number =>
  Math.max(100, ofServer + projects * ofProject + workers * (ofWorker + ofTasks))

/** Without these a platform that does nothing runs out of sessions. */
const leastSessions = ({ workers, projects }: SessionUsers): number => ofServer + projects * 2 + workers * ofWorker

/** The server's limit less what it keeps for superusers, or the lower one of the database or the role. */
const limitSql = `
select least(
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0),
  (select nullif(d.datconnlimit, -1) from pg_database d where d.datname = current_database()),
  (select nullif(r.rolconnlimit, -1) from pg_roles r where r.rolname = current_user)
) as "limit"`

/**
 * More workers than the server has sessions for would fail one after the other, with words about a server that cannot be reached.
 * @throws `config.invalid` when the server allows fewer sessions than the workers take
 */
export async function refuseTooManyWorkers(databaseUrl: string, of: SessionUsers & { readonly embedded: boolean }): Promise<void> {
  const [row] = await withSession(databaseUrl, (session) => session.query<{ limit: number }>(limitSql))
  const least = leastSessions(of)
  if (row === undefined || row.limit >= least) return
  const { limit } = row
  const most = Math.max(0, Math.floor((limit - leastSessions({ ...of, workers: 0 })) / ofWorker))
  throw configErrors.invalid(`${of.workers} workers take ${least} sessions of PostgreSQL at least, and it allows ${limit}`, {
    facts: { workers: of.workers, sessions: least, limit },
    next: of.embedded
      ? 'End every sluice command of this folder: the embedded PostgreSQL then starts anew, with room for SLUICE_WORKERS.'
      : `Set SLUICE_WORKERS to ${most} or fewer, or raise max_connections of the server (or the limit of its database or role).`,
  })
}
