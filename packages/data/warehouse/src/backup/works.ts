import type { Connection } from '@sluice/postgres'

/** A part of a restore that runs beside others. */
export interface Work {
  readonly id: string
  /** Ids of those that must have ended. */
  readonly needs: readonly string[]
  /** Of those that share a lock one runs at a time. */
  readonly locks: readonly string[]
  /** The dearest of those that may begin comes first, so that it is not left for the end. */
  readonly cost: number
  run(session: Connection): Promise<void>
}

/** Of the works that wait the one to begin now. Pure. */
export function nextWork<Each extends Pick<Work, 'id' | 'needs' | 'locks' | 'cost'>>(
  waiting: readonly Each[],
  running: readonly Pick<Work, 'locks'>[],
  done: ReadonlySet<string>,
): Each | undefined {
  const held = new Set(running.flatMap(({ locks }) => locks))
  let found: Each | undefined
  for (const work of waiting) {
    if (found !== undefined && work.cost <= found.cost) continue
    if (work.needs.every((id) => done.has(id)) && !work.locks.some((lock) => held.has(lock))) found = work
  }
  return found
}

/** Carries out all works in the sessions. The first failure begins nothing more and is thrown when what ran has ended. */
export async function carryOut(sessions: readonly Connection[], works: readonly Work[]): Promise<void> {
  const waiting = [...works]
  const done = new Set<string>()
  const idle = [...sessions]
  const running = new Map<Work, Promise<void>>()
  let failed: { readonly error: unknown } | undefined
  const begin = (work: Work, session: Connection): void => {
    waiting.splice(waiting.indexOf(work), 1)
    const ended = work
      .run(session)
      .then(
        () => void done.add(work.id),
        (error: unknown) => {
          failed ??= { error }
        },
      )
      .finally(() => {
        running.delete(work)
        idle.push(session)
      })
    running.set(work, ended)
  }
  for (;;) {
    while (failed === undefined && idle.length > 0) {
      const work = nextWork(waiting, [...running.keys()], done)
      const session = work === undefined ? undefined : idle.pop()
      if (work === undefined || session === undefined) break
      begin(work, session)
    }
    if (running.size === 0) break
    await Promise.race(running.values())
  }
  if (failed !== undefined) throw failed.error
  if (waiting.length > 0) throw new Error(`works wait for each other: ${waiting.map(({ id }) => id).join(', ')}`)
}
