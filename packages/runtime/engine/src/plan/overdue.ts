/** An attempt whose code is running, as the heartbeat thread knows it. Times in epoch milliseconds. */
export interface Begun {
  readonly deadline: { readonly at: number } | undefined
  readonly cancelledAt: number | undefined
}

export interface Hearing {
  /** When the event loop of the main thread last turned, as far as that was asked: by then every signal due before has been given. */
  readonly turnedAt: number
  /** Between a signal and the end of the process. */
  readonly graceMs: number
}

export type Overdue<Each extends Begun> =
  | { readonly kind: 'none' }
  /** These do not stop. Their ends are recorded, and the process is ended. */
  | { readonly kind: 'deaf'; readonly timedOut: readonly Each[]; readonly cancelled: readonly Each[] }
  /** The time of one is over, and another one, nobody knows which, blocks the event loop: all are lost, and each runs again alone. */
  | { readonly kind: 'blocked' }

/**
 * What is to be done with the attempts of a process whose time is over and that have not stopped within the grace time. An attempt that
 * could not hear its signal, since another one beside it blocks the event loop, has ignored none.
 */
export function overdueOf<Each extends Begun>(begun: readonly Each[], { turnedAt, graceMs }: Hearing, now: number): Overdue<Each> {
  const late = begun.filter(({ deadline }) => deadline !== undefined && now > deadline.at + graceMs)
  const timedOut = begun.length === 1 ? late : late.filter(({ deadline }) => turnedAt > (deadline?.at ?? 0))
  const cancelled = begun.filter((each) => !timedOut.includes(each) && each.cancelledAt !== undefined && now > each.cancelledAt + graceMs)
  if (timedOut.length + cancelled.length > 0) return { kind: 'deaf', timedOut, cancelled }
  return late.length > 0 ? { kind: 'blocked' } : { kind: 'none' }
}

/** Whether the main thread is to be asked for a turn of its event loop: the time of an attempt is over, and no turn since is known. */
export const asksForTurn = (begun: readonly Begun[], turnedAt: number, now: number): boolean =>
  begun.some(({ deadline }) => deadline !== undefined && now > deadline.at && turnedAt <= deadline.at)
