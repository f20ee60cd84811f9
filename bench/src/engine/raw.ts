import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, listen, type Pool, withSession } from '@sluice/postgres'
import { timed } from '../measure.ts'

interface Claimed {
  readonly id: number
  readonly token: number
}

/** The statements of the queue alone, by one client: no scheduler, no processes, no wake-ups, no logs, no user code. */
export interface RawQueue {
  /** Claims and finishes runnable tasks until there are none; returns how many. `batch` tasks a statement. */
  drain(session: Connection, batch: number): Promise<number>
}

/** A worker without a process in a database where no other lives. */
export async function rawQueue(pool: Pool): Promise<RawQueue> {
  const [worker] = await pool.query<{ id: number }>(
    "insert into sluice.worker (host, pid, lease_until) values ('bench', $1, now() + interval '1 day') returning id",
    [process.pid],
  )
  if (worker === undefined) throw new Error('The worker of the raw measures was not registered.')
  const claim = { name: 'raw_claim', text: 'select id, token from sluice.claim($1, $2, 1, true, null)' }
  const finish = { name: 'raw_finish', text: 'select released from sluice.finish($1, $2::text::jsonb)' }
  return {
    drain: async (session, batch) => {
      for (let done = 0; ; ) {
        const tasks = await session.query<Claimed>(claim, [worker.id, batch])
        if (tasks.length === 0) return done
        const items = tasks.map(({ id, token }) => ({ id, token, outcome: 'success', delayMs: 0, hasOutput: false, receipts: [] }))
        await session.query(finish, [worker.id, JSON.stringify(items)])
        done += tasks.length
      }
    },
  }
}

/** Milliseconds to drain what is queued with that many sessions at once. */
export async function timeDrain(pool: Pool, queue: RawQueue, sessions: number, batch: number, expected: number): Promise<number> {
  let drained: readonly number[] = []
  const ms = await timed(async () => {
    const each = Array.from({ length: sessions }, () => pool.withConnection((session) => queue.drain(session, batch)))
    drained = await Promise.all(each)
  })
  const done = drained.reduce((sum, count) => sum + count, 0)
  if (done !== expected) throw new Error(`${done} of ${expected} tasks were drained.`)
  return ms
}

/** NOTIFY on one session to its arrival on another, milliseconds. Nothing waits for the disk. */
export const wakeUps = (url: string, count: number): Promise<readonly number[]> =>
  roundTrips(url, count, async (session, woken) => {
    await Promise.all([session.query({ name: 'bench_notify', text: "select pg_notify('bench', '')" }), woken()])
  })

/**
 * The same with what has to last: a row is written with the NOTIFY and changed after its arrival, as a run and its claim are. Each of the
 * two commits waits for the disk.
 */
export async function durableWakeUps(url: string, count: number): Promise<readonly number[]> {
  await withSession(url, (session) => session.query('create table bench_row (n bigint generated always as identity, claimed boolean)'))
  const notified = { name: 'bench_insert', text: "insert into bench_row (claimed) values (pg_notify('bench', '') is null)" }
  const claimed = { name: 'bench_claim', text: 'update bench_row set claimed = true where n = (select max(n) from bench_row)' }
  return await roundTrips(url, count, async (session, woken) => {
    await Promise.all([session.query(notified), woken()])
    await session.query(claimed)
  })
}

async function roundTrips(
  url: string,
  count: number,
  trip: (session: Connection, woken: () => Promise<void>) => Promise<void>,
): Promise<readonly number[]> {
  let arrived: () => void = () => undefined
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      arrived = resolve
    })
  const listener = await listen(url, ['bench'], () => arrived())
  try {
    return await withSession(url, async (session) => {
      const times: number[] = []
      for (let n = 0; n < count; n++) {
        times.push(await timed(() => trip(session, woken)))
        await delay(idleMs)
      }
      return times
    })
  } finally {
    await listener.close()
  }
}

/** Between two samples on an idle system: past any coalescing of notifications. */
export const idleMs = 15
