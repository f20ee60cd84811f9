import { setTimeout as delay } from 'node:timers/promises'
import { given, SluiceError } from '@sluice/core'

/** How long a statement that others would wait behind, readers too, waits for its lock before all is taken back and tried again. */
export const patientLockTimeoutMs = 100

/** A lock was not given within `lock_timeout`. */
export const isLockTimeout = (error: unknown): boolean => error instanceof SluiceError && error.facts.sqlstate === '55P03'

export interface LockPatience {
  /** How long it is tried again. Default 10 minutes. */
  readonly patienceMs?: number | undefined
  /** Before each pause, and before the end of patience. May throw what is to be told in the place of the refusal. */
  readonly onRefused?: (waited: { readonly ms: number; readonly isLast: boolean; readonly error: unknown }) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/** Runs `attempt`, which does all or nothing, until no lock is refused to it. Between two attempts nothing is held and nobody waits. */
export async function untilLocksAreGiven<T>(attempt: () => Promise<T>, options: LockPatience = {}): Promise<T> {
  const { patienceMs = 600_000, onRefused, signal } = options
  const began = performance.now()
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 1.5, 5_000)) {
    try {
      return await attempt()
    } catch (error) {
      if (!isLockTimeout(error)) throw error
      const ms = Math.round(performance.now() - began)
      await onRefused?.({ ms, isLast: ms > patienceMs, error })
      if (ms > patienceMs) throw error
    }
    await delay(pauseMs, undefined, given({ signal }))
  }
}
