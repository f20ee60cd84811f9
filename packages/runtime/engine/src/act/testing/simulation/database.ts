import type { Random } from '@sluice/core/testing'
import { type Pool, type Queryable, withRetry } from '@sluice/postgres'
import type { Timeline } from './timeline.ts'

/** What became of a statement, as its caller sees it. */
export type Reply<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** It was carried out, and the connection broke before the answer came. */
  | { readonly kind: 'lost' }
  /** It was not carried out. */
  | { readonly kind: 'unreachable' }

interface Asked {
  readonly run: (db: Queryable) => Promise<unknown>
  readonly receive: (reply: Reply<never>) => void
}

export interface DatabaseFaults {
  /** The share of answers that are lost. */
  readonly lostReplies: number
  /** The share of statements that share their instant with another one. */
  readonly together: number
}

/**
 * The real database, asked by processes that do not exist. Statements of about the same time are gathered, and some of them are carried out
 * two at once in two real transactions: the second begins while the first is not committed.
 */
export class SimulatedDatabase {
  readonly pool: Pool
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #faults: DatabaseFaults
  /** Sets the clock of the database. */
  readonly #setClock: () => Promise<void>
  #asked: Asked[] = []
  #awayUntil = 0
  /** Grows when tables may have changed: whoever looks at them looks again then. */
  changes = 0

  constructor(pool: Pool, timeline: Timeline, random: Random, faults: DatabaseFaults, setClock: () => Promise<void>) {
    this.pool = pool
    this.#setClock = setClock
    this.#timeline = timeline
    this.#random = random
    this.#faults = faults
  }

  get reachable(): boolean {
    return this.#timeline.now >= this.#awayUntil
  }

  goAway(ms: number): void {
    this.#awayUntil = Math.max(this.#awayUntil, this.#timeline.now + ms)
  }

  /** For statements of people, which are carried out at once. */
  async now<T>(run: () => Promise<T>): Promise<T> {
    await this.#setClock()
    this.changes++
    return await run()
  }

  /** Sends a statement. The answer takes a few milliseconds; `receive` is told in the timeline. Whoever changes tables says so. */
  ask<T>(run: (db: Queryable) => Promise<T>, receive: (reply: Reply<T>) => void): void {
    this.#asked.push({ run, receive: receive as Asked['receive'] })
    if (this.#asked.length === 1) this.#timeline.after(this.#random.integer(3), () => this.#carryOut())
  }

  async #carryOut(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    while (asked.length > 0) {
      const [one, other] = [asked.shift(), this.#random.chance(this.#faults.together) ? asked.shift() : undefined]
      if (one === undefined) return
      if (!this.reachable) {
        for (const each of [one, other]) if (each !== undefined) this.#timeline.after(5, () => each.receive({ kind: 'unreachable' }))
        continue
      }
      await this.#setClock()
      if (other === undefined) this.#answer(one, await one.run(this.pool))
      else {
        const [first, second] = await this.#together(one.run, other.run)
        this.#answer(one, first)
        this.#answer(other, second)
      }
    }
  }

  #answer({ receive }: Asked, value: unknown): void {
    const lost = this.#random.chance(this.#faults.lostReplies)
    const reply: Reply<never> = lost ? { kind: 'lost' } : { kind: 'answer', value: value as never }
    this.#timeline.after(1 + this.#random.integer(4), () => receive(reply))
  }

  /** The second begins while the locks of the first are held, and goes on when it has to wait no more: the outcome has no chance in it. */
  async #together<A, B>(one: Asked['run'], other: Asked['run']): Promise<[A, B]> {
    return await this.pool.withConnection(
      async (first) =>
        await this.pool.withConnection(async (second) => {
          await first.query('begin')
          const a = (await one(first)) as A
          const [{ pid } = { pid: 0 }] = await second.query<{ pid: number }>('select pg_backend_pid() as pid')
          let done = false
          // As every caller does it: a deadlock is tried again.
          const b = withRetry(() => other(second)).finally(() => {
            done = true
          }) as Promise<B>
          b.catch(() => undefined)
          while (!done && !(await isBlocked(this.pool, pid)));
          await first.query('commit')
          return [a, await b]
        }),
    )
  }
}

const isBlocked = async (pool: Pool, pid: number): Promise<boolean> =>
  (await pool.query<{ blocked: boolean }>('select cardinality(pg_blocking_pids($1)) > 0 as blocked', [pid]))[0]?.blocked === true
