import { type Listener, listen, type Queryable } from '@sluice/postgres'
import type { RunDetail, TaskRunSummary } from '../api.ts'
import { type ChangedTask, changedTasks, changesFrom } from '../state/changes.ts'
import { channels } from '../state/channels.ts'
import { endOfRun, findRun, runDetail } from '../state/runs.ts'

/** One LISTEN session for all waiters, opened for the first. It counts changes, so that one that comes while a waiter looks is not lost. */
export function runChanges(databaseUrl: string) {
  let listening: Promise<Listener | undefined> | undefined
  let count = 0
  const waiters = new Set<() => void>()
  const changed = (): void => {
    count++
    for (const wake of waiters) wake()
  }
  return {
    /** To be taken before looking. Without a listener the poll remains. */
    async mark(): Promise<number> {
      listening ??= listen(databaseUrl, [channels.run], changed, { onReconnect: changed }).catch(() => undefined)
      await listening
      return count
    },
    /** Resolves when something has changed since `mark`, or after `ms`. */
    async after(mark: number, ms: number, signal: AbortSignal | undefined): Promise<void> {
      if (count !== mark || signal?.aborted === true) return
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          waiters.delete(done)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        waiters.add(done)
        signal?.addEventListener('abort', done)
      })
    },
    async close(): Promise<void> {
      changed()
      await (await listening)?.close()
    },
  }
}

/** While something changes, and once nothing has for a while. A run that waits for hours is asked once a second. */
const pause = { shortest: 150, longest: 1_000 }

/**
 * Resolves when the run has ended. Without `onProgress` each look reads whether it has, and its task runs are read once, at the end. With
 * it each look also reads the task runs that changed since the look before: a run of thousands of tasks is read whole once at the
 * beginning and once at its end.
 */
export async function waitForRun(
  db: Queryable,
  changes: ReturnType<typeof runChanges>,
  id: string,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (run: RunDetail) => void },
): Promise<RunDetail> {
  if (onProgress !== undefined) return await watchRun(db, changes, id, { signal, onProgress })
  for (;;) {
    const mark = await changes.mark()
    if ((await endOfRun(db, id)).endedAt !== null) return await runDetail(db, id)
    signal?.throwIfAborted()
    await changes.after(mark, pause.longest, signal)
  }
}

async function watchRun(
  db: Queryable,
  changes: ReturnType<typeof runChanges>,
  id: string,
  { signal, onProgress }: { readonly signal: AbortSignal | undefined; readonly onProgress: (run: RunDetail) => void },
): Promise<RunDetail> {
  let cursor = await changesFrom(db)
  let known = await runDetail(db, id)
  onProgress(known)
  for (let waitMs = pause.shortest; known.endedAt === null; ) {
    signal?.throwIfAborted()
    const mark = await changes.mark()
    const next = await changesFrom(db)
    const [end, changed] = await Promise.all([endOfRun(db, id), changedTasks(db, cursor, id)])
    const seen = changed.filter((task) => isNews(known, task))
    cursor = next
    if (end.endedAt !== null) {
      known = await runDetail(db, id)
      onProgress(known)
      break
    }
    if (seen.length > 0 || end.state !== known.state) {
      const run = await findRun(db, id)
      // It has ended since that look: its tasks have, too, and are read with it.
      if (run.endedAt !== null) continue
      known = { ...known, ...run, taskRuns: merged(known.taskRuns, seen) }
      onProgress(known)
      waitMs = pause.shortest
    } else waitMs = Math.min(pause.longest, waitMs * 1.5)
    await changes.after(mark, waitMs, signal)
  }
  return known
}

const isSame = (one: Pick<TaskRunSummary, 'task' | 'mapIndex'>, other: Pick<TaskRunSummary, 'task' | 'mapIndex'>): boolean =>
  one.task === other.task && one.mapIndex === other.mapIndex

function isNews({ taskRuns }: RunDetail, task: ChangedTask): boolean {
  const before = taskRuns.find((each) => isSame(each, task))
  return before?.state !== task.state || before.attempt !== task.attempt || before.generation !== task.generation
}

const merged = (before: readonly TaskRunSummary[], changed: readonly ChangedTask[]): readonly TaskRunSummary[] =>
  before.map((task) => {
    const now = changed.find((each) => isSame(each, task))
    if (now === undefined) return task
    const { run: _, change: __, ...rest } = now
    return { ...task, ...rest }
  })
