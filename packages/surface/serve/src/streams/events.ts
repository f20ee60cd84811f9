import { setTimeout as delay } from 'node:timers/promises'
import type { Engine, RunDetail, RunSummary, TaskRunSummary } from '@sluice/engine'

/** One change. `id` grows by one, so that a reader sees a gap after a reconnect and asks for the whole again. */
export type LiveEvent =
  | { readonly id: number; readonly type: 'run'; readonly data: RunSummary }
  | { readonly id: number; readonly type: 'task'; readonly data: { readonly run: string } & TaskRunSummary }

type NewEvent = LiveEvent extends infer E ? (E extends LiveEvent ? Omit<E, 'id'> : never) : never

const pollMs = 1_000
const pingMs = 15_000
const window = 50

/** What changed between two looks at the latest runs. The first look reports nothing: readers fetch the present state themselves. */
export function changesBetween(before: ReadonlyMap<string, RunDetail> | undefined, after: readonly RunDetail[]): readonly NewEvent[] {
  if (before === undefined) return []
  return after.flatMap((run): readonly NewEvent[] => {
    const known = before.get(run.id)
    const { taskRuns, ...summary } = run
    const tasks = taskRuns.filter((task) => {
      const was = known?.taskRuns.find((each) => each.task === task.task)
      return was?.state !== task.state || was.attempt !== task.attempt || was.generation !== task.generation
    })
    if (known !== undefined && known.state === run.state && tasks.length === 0) return []
    return [{ type: 'run', data: summary }, ...tasks.map((task): NewEvent => ({ type: 'task', data: { run: run.id, ...task } }))]
  })
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

  const look = async (known: ReadonlyMap<string, RunDetail> | undefined): Promise<readonly RunDetail[]> => {
    const { items } = await engine.runs({ limit: window })
    return await Promise.all(
      items.map(async (run) => {
        const was = known?.get(run.id)
        return was !== undefined && was.endedAt !== null && was.endedAt === run.endedAt ? was : await engine.run(run.id)
      }),
    )
  }

  const poll = async (signal: AbortSignal): Promise<void> => {
    let known: ReadonlyMap<string, RunDetail> | undefined
    while (!signal.aborted) {
      const runs = await look(known).catch(() => undefined)
      if (runs !== undefined) {
        const events = changesBetween(known, runs).map((event): LiveEvent => ({ ...event, id: nextId++ }))
        known = new Map(runs.map((run) => [run.id, run]))
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
