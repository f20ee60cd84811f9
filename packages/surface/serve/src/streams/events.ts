import { setTimeout as delay } from 'node:timers/promises'
import type { Changes, Engine, RunSummary } from '@sluice/engine'

/** One change. `id` grows by one: a reader that sees a gap (it was away, or too much changed at once) asks for the whole again. */
export type LiveEvent =
  | { readonly id: number; readonly type: 'run'; readonly data: RunSummary }
  | { readonly id: number; readonly type: 'task'; readonly data: Changes['tasks'][number]['task'] }

type NewEvent = LiveEvent extends infer E ? (E extends LiveEvent ? Omit<E, 'id'> : never) : never

/** What is kept for a reader who does not take it, in characters. */
const mostKept = 4 * 1024 * 1024
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
  /**
   * Server-sent events until the signal aborts, a comment every 15 s so that proxies keep the line open. `sees`: of these projects alone,
   * with numbers of their own, so that what is left out is not taken for a gap. A reader for whom more is kept than `mostKept` is told so
   * by an event `ended`, the last one.
   */
  subscribe(signal: AbortSignal, sees?: ((project: string) => boolean) | undefined): AsyncGenerator<string>
}

/**
 * One look at the engine a second for all readers together, and none while nobody reads.
 * @param most characters that are kept for a reader who does not take them
 */
export function createEventHub(engine: Engine, most = mostKept): EventHub {
  const readers = new Set<(news: News) => void>()
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
        const projects = new Map(changes.runs.map(({ run }) => [run.id, run.project]))
        if (events.length > 0) for (const tell of readers) tell({ events, projects })
      }
      await delay(pollMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  return {
    async *subscribe(signal, sees) {
      const waiting: string[] = []
      let kept = 0
      let tooSlow = false
      let wake: () => void = () => undefined
      const pick = sees === undefined ? ({ events }: News) => events : pickerOf(sees)
      const tell = (news: News): void => {
        if (tooSlow) return
        const texts = pick(news).map(textOf)
        kept += texts.reduce((sum, text) => sum + text.length, 0)
        tooSlow = kept > most
        // Nothing is kept any more for whoever is told that it was too much.
        if (tooSlow) waiting.length = 0
        else waiting.push(...texts)
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
          const next = waiting.shift()
          if (next !== undefined) {
            kept -= next.length
            yield next
            continue
          }
          if (tooSlow) {
            yield endedText
            return
          }
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

const textOf = ({ id, type, data }: LiveEvent): string => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`

const endedText = `event: ended\ndata: ${JSON.stringify({
  message: 'the events came faster than they were read, so that they were kept no longer',
  next: 'Connect again, and ask for the whole: changes between are not told.',
})}\n\n`

interface News {
  readonly events: readonly LiveEvent[]
  /** By run. */
  readonly projects: ReadonlyMap<string, string>
}

/** The events of some projects, numbered one after the other; a gap of the hub's own is a gap in these, too. */
function pickerOf(sees: (project: string) => boolean): (news: News) => readonly LiveEvent[] {
  let [last, own] = [0, 0]
  return ({ events, projects }) =>
    events.flatMap((event) => {
      if (last !== 0 && event.id !== last + 1) own++
      last = event.id
      const project = projects.get(event.type === 'run' ? event.data.id : event.data.run)
      return project !== undefined && sees(project) ? [{ ...event, id: ++own }] : []
    })
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
