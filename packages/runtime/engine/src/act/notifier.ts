import type { Queryable } from '@sluice/postgres'
import type { channels } from '../state/channels.ts'

type Channel = (typeof channels)[keyof typeof channels]

/**
 * Notifies at most once in `everyMs` on each channel: at once when the last time is long enough ago, else at the end of the interval. It is
 * apart from the transactions that make the news, because a notifying commit takes a lock of the whole server (rule 4). A notification that
 * is lost with the process is made up for by polling.
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
    const sinceMs = performance.now() - (this.#last.get(channel) ?? Number.NEGATIVE_INFINITY)
    if (sinceMs >= this.#everyMs) this.#send(channel)
    else {
      this.#timers.set(
        channel,
        setTimeout(() => {
          this.#timers.delete(channel)
          this.#send(channel)
        }, this.#everyMs - sinceMs),
      )
    }
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
