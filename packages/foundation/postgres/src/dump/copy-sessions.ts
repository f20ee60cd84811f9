import { type Connection, withSession } from '../connection.ts'
import { postgresErrors } from '../errors.ts'
import { quoteLiteral } from '../identifiers.ts'

/** What makes the text of a row the same wherever it is read, and keeps a row from being hidden unnoticed. */
const plainText = `set search_path = ''; set row_security = off; set bytea_output = 'hex'; set xmloption = 'content'; set extra_float_digits = 1;
  set client_encoding = 'UTF8'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set statement_timeout = 0;
  set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set synchronize_seqscans = off`

/**
 * Several sessions that see the database as it was at one instant: one exports its snapshot, the others take it. `act` gets them all, the
 * first one first.
 */
export async function withSnapshot<T>(url: string, count: number, act: (sessions: readonly Connection[]) => Promise<T>): Promise<T> {
  return await withSession(url, async (first) => {
    await first.query(`${plainText}; begin isolation level repeatable read, read only`)
    const [snapshot] = await first.query<{ id: string }>('select pg_export_snapshot() as id')
    const begin = `begin isolation level repeatable read, read only; set transaction snapshot ${quoteLiteral(snapshot?.id ?? '')}`
    return await withSessions(url, count - 1, async (others) => {
      for (const each of others) await each.query(begin)
      return await act([first, ...others])
    })
  })
}

/** Sessions in which rows are read as they are for a backup, each in no transaction. */
export async function withSessions<T>(url: string, count: number, act: (sessions: readonly Connection[]) => Promise<T>): Promise<T> {
  if (count <= 0) return await act([])
  return await withSession(url, async (session) => {
    await session.query(plainText)
    return await withSessions(url, count - 1, async (others) => await act([session, ...others]))
  })
}

/** Hands out jobs to sessions until none is left; the first failure ends the rest. */
export async function sharedOut<Job>(
  sessions: readonly Connection[],
  jobs: readonly Job[],
  work: (session: Connection, job: Job) => Promise<void>,
): Promise<void> {
  if (sessions.length === 0) throw postgresErrors.failed('no session to work in', { next: 'Please report this.' })
  const left = [...jobs]
  let failed = false
  const working = sessions.map(async (session) => {
    for (let job = left.shift(); job !== undefined && !failed; job = left.shift()) {
      try {
        await work(session, job)
      } catch (error) {
        failed = true
        throw error
      }
    }
  })
  const ended = await Promise.allSettled(working)
  const first = ended.find((each) => each.status === 'rejected')
  if (first !== undefined) throw first.reason
}
