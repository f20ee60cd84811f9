import type { Queryable } from '@sluice/postgres'
import type { Channel } from '../state/channels.ts'

/**
 * Notifies at most once in `everyMs` on each channel: at once when the last time is long enough ago, else at the end of the interval, since
 * a notifying commit takes a lock of the whole server (rule 4). A notification that is lost with the process is made up for by polling.
 */
export class Notifier {
  readonly #db: Queryable
  readonly #everyMs: number
  readonly #last = new Map<Channel, number>()
  readonly #timers = new Map<Channel, NodeJS.Timeout>()
  readonly #sending = new Set<Promise<void>>()

  constructor(db: Queryable, everyMs = 10) {
    this.#db = db
    this.#everyMs = everyMs
  }

  notify(channel: Channel): void {
    if (this.#timers.has(channel)) return
    const waitMs = this.#waitMs(channel)
    if (waitMs <= 0) this.#send(channel)
    else {
      this.#timers.set(
        channel,
        setTimeout(() => {
          this.#timers.delete(channel)
          this.#send(channel)
        }, waitMs),
      )
    }
  }

  /**
   * Of the channels, those that the transaction which makes the news notifies itself: one commit and one round trip less before a worker
   * hears of it. For the others the caller calls `notify` once it has committed.
   */
  inTransaction(channels: readonly Channel[]): readonly Channel[] {
    const due = channels.filter((channel) => !this.#timers.has(channel) && this.#waitMs(channel) <= 0)
    for (const channel of due) this.#last.set(channel, performance.now())
    return due
  }

  #waitMs(channel: Channel): number {
    return this.#everyMs - (performance.now() - (this.#last.get(channel) ?? Number.NEGATIVE_INFINITY))
  }

  /** Sends what is held back and waits for it. */
  async flush(): Promise<void> {
    for (const [channel, timer] of this.#timers) {
      clearTimeout(timer)
      this.#send(channel)
    }
    this.#timers.clear()
    await Promise.all(this.#sending)
  }

  #send(channel: Channel): void {
    this.#last.set(channel, performance.now())
    const sent = this.#db.query({ name: 'sluice_notify', text: "select pg_notify($1, '')" }, [channel]).then(
      () => undefined,
      () => undefined,
    )
    this.#sending.add(sent)
    void sent.then(() => this.#sending.delete(sent))
  }
}
