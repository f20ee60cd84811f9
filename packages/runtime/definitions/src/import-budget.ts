import { readdirSync, readFileSync } from 'node:fs'

/** What a process has had, and what it was kept from, since it began. */
export interface Spent {
  /** On a processor. */
  readonly cpuMs: number
  /** Able to run, while others had the processors. */
  readonly queuedMs: number
}

/**
 * What became of an import so far. The wall clock says nothing of the file: on a busy machine a second of work takes a minute. A file that
 * computes has used its budget on a processor; one that waits was neither on a processor nor in the queue for one.
 */
export type ImportState = 'goes on' | 'computes' | 'waits'

/** Where the system does not tell what a process was kept from, this many times the budget pass by the wall clock. */
const withoutFigures = 6

/** @param spent since the import was asked for, `null` where nobody knows */
export function importState(wallMs: number, spent: Spent | null, budgetMs: number): ImportState {
  if (spent === null) return wallMs >= budgetMs * withoutFigures ? 'waits' : 'goes on'
  if (spent.cpuMs >= budgetMs) return 'computes'
  return wallMs - spent.cpuMs - spent.queuedMs >= budgetMs ? 'waits' : 'goes on'
}

/** Of all threads of a process; `null` where the system has no such figures (Linux has), and for a process that has ended. */
export function spentBy(pid: number): Spent | null {
  try {
    let [cpuNs, queuedNs] = [0, 0]
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [cpu, queued] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ').map(Number)
      cpuNs += cpu ?? 0
      queuedNs += queued ?? 0
    }
    return { cpuMs: cpuNs / 1e6, queuedMs: queuedNs / 1e6 }
  } catch {
    return null
  }
}

export interface Watched {
  close(): void
}

/**
 * Looks at a process until it has used a budget, and tells once that it has. Whoever looks may be kept waiting too: what counts is what the
 * process has spent, not how often it was looked at.
 */
export function watchBudget(pid: number, budgetMs: number, over: (state: Exclude<ImportState, 'goes on'>) => void): Watched {
  const [began, before] = [performance.now(), spentBy(pid)]
  const timer = setInterval(
    () => {
      const state = importState(performance.now() - began, since(before, spentBy(pid)), budgetMs)
      if (state === 'goes on') return
      clearInterval(timer)
      over(state)
    },
    Math.max(10, Math.min(250, budgetMs / 10)),
  )
  return { close: () => clearInterval(timer) }
}

const since = (before: Spent | null, now: Spent | null): Spent | null =>
  before === null || now === null ? null : { cpuMs: now.cpuMs - before.cpuMs, queuedMs: now.queuedMs - before.queuedMs }
