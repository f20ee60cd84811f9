import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from '../connection.ts'
import { postgresErrors } from '../errors.ts'

/** Keeps the log that was not archived yet, whatever happens to whoever archives it. */
const slot = 'sluice_archive'

/** From here on all log is kept until it is archived. Calling it again does nothing. */
export async function keepLog(session: Connection): Promise<void> {
  await session.query(
    'select pg_create_physical_replication_slot($1, true) where not exists (select from pg_replication_slots where slot_name = $1)',
    [slot],
  )
}

/** The cluster has let go of its log: no more of it is kept. */
const dropKept = (session: Connection) =>
  session.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active', [slot])

export interface LogSegment {
  /** 24 hexadecimal digits, or the history of a timeline. */
  readonly name: string
  read(): AsyncIterable<Buffer>
}

/**
 * Hands over each segment of the log that is complete and was not handed over before, oldest first; the one that is written to is ended
 * first, so that all that is committed by now is among them. What `take` has taken is then free to go.
 */
export async function archiveLog(session: Connection, data: string, take: (segment: LogSegment) => Promise<void>): Promise<number> {
  await keepLog(session)
  // A segment in which nothing was written is not ended.
  await session.query('select pg_switch_wal()')
  const [at] = await session.query<{ first: string | null; open: string; begin: string }>(
    `select pg_walfile_name(restart_lsn) as first, pg_walfile_name(pg_current_wal_lsn()) as open,
       (pg_current_wal_lsn() - mod(pg_current_wal_lsn() - '0/0', (select setting::numeric from pg_settings where name = 'wal_segment_size')))::text as begin
     from pg_replication_slots where slot_name = $1`,
    [slot],
  )
  if (at === undefined) return 0
  if (at.first === null) {
    await dropKept(session)
    throw postgresErrors.failed('the server has let go of log that was not archived, since more than 8 GB of it waited', {
      next: 'Copy the whole again, and archive more often: sluice backup physical.',
    })
  }
  const { first } = at
  const folder = join(data, 'pg_wal')
  const names = (await readdir(folder))
    .filter(
      (name) => /^[0-9A-F]{8}\.history$/.test(name) || (/^[0-9A-F]{24}$/.test(name) && name.slice(8) >= first.slice(8) && name < at.open),
    )
    .sort()
  for (const name of names)
    await take({ name, read: () => createReadStream(join(folder, name), { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer> })
  await session.query('select pg_replication_slot_advance($1, $2::pg_lsn)', [slot, at.begin])
  return names.length
}
