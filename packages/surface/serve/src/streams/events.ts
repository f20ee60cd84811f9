import { setTimeout as delay } from 'node:timers/promises'
import type { Changes, Engine, RunSummary } from '@sluice/engine'

/** One change. `id` grows by one: a reader that sees a gap (it was away, or too much changed at once) asks for the whole again. */
export type LiveEvent =
  | { readonly id: number; readonly type: 'run'; readonly data: RunSummary }
  | { readonly id: number; readonly type: 'task'; readonly data: Changes['tasks'][number]['task'] }

type NewEvent = LiveEvent extends infer E ? (E extends LiveEvent ? Omit<E, 'id'> : never) : never

const pollMs = 1_000
const pingMs = 15_000

/** The events of an answer that the answer before did not have; then the names of all of its changes, for the next one. */
export function newsOf(
  { runs, tasks }: Changes,
  before: ReadonlySet<string>,
): { readonly events: readonly NewEvent[]; readonly seen: ReadonlySet<string> } {
  const all = [
    ...runs.map(({ run, change }) => ({ name: `${run.id} ${change}`, event: { type: 'run', data: run } as NewEvent })),
    ...tasks.map(({ task, change }) => ({
      name: `${task.run} ${task.task} ${task.mapIndex} ${change}`,
      event: { type: 'task', data: task } as NewEvent,
    })),
  ]
  return { events: all.filter(({ name }) => !before.has(name)).map(({ event }) => event), seen: new Set(all.map(({ name }) => name)) }
}

export interface EventHub {
  /** Server-sent events until the signal aborts, a comment every 15 s so that proxies keep the line open. */
  subscribe(signal: AbortSignal): AsyncGenerator<string>
}

/** One look at the engine a second for all readers together, and none while nobody reads. */
export function createEventHub(engine: Engine): EventHub {
  const readers = new Set<(events: readonly LiveEvent[]) => void>()
  let polling: AbortController | undefined
  let nextId = 1

  const poll = async (signal: AbortSignal): Promise<void> => {
    let cursor: string | null = null
    let seen: ReadonlySet<string> = new Set()
    while (!signal.aborted) {
      const changes: Changes | undefined = await engine.changes(cursor).catch(() => undefined)
      if (changes !== undefined) {
        const news = newsOf(changes, seen)
        cursor = changes.cursor
        seen = news.seen
        if (!changes.complete) nextId++
        const events = news.events.map((event): LiveEvent => ({ ...event, id: nextId++ }))
        if (events.length > 0) for (const tell of readers) tell(events)
      }
      await delay(pollMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  return {
    async *subscribe(signal) {
      const waiting: LiveEvent[] = []
      let wake: () => void = () => undefined
      const tell = (events: readonly LiveEvent[]): void => {
        waiting.push(...events)
        wake()
      }
      readers.add(tell)
      if (polling === undefined) {
        polling = new AbortController()
        void poll(polling.signal)
      }
      const abort = (): void => wake()
      signal.addEventListener('abort', abort, { once: true })
      try {
        yield ': connected\n\n'
        while (!signal.aborted) {
          const events = waiting.splice(0)
          for (const { id, type, data } of events) yield `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
          if (waiting.length > 0 || signal.aborted) continue
          const pinged = await pauseUntil((resolve) => (wake = resolve))
          if (pinged) yield ': ping\n\n'
        }
      } finally {
        signal.removeEventListener('abort', abort)
        readers.delete(tell)
        if (readers.size === 0) {
          polling?.abort()
          polling = undefined
        }
      }
    },
  }
}

/** True when the time for a ping came before somebody woke us. */
function pauseUntil(offer: (resolve: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), pingMs)
    timer.unref()
    offer(() => {
      clearTimeout(timer)
      resolve(false)
    })
  })
}
