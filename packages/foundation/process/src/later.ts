/** Milliseconds: a timer of Node that is set to more ends at once (`TIMEOUT_MAX`, 24.8 days). */
const longest = 2 ** 31 - 1

export interface LaterOptions {
  /** Whether the wait keeps the process alive. Default: it does. */
  readonly ref?: boolean
}

/** Calls `act` after `ms` milliseconds, however many. What it gives back takes the call back. */
export function later(ms: number, act: () => void, { ref = true }: LaterOptions = {}): () => void {
  let timer: NodeJS.Timeout
  const wait = (left: number): void => {
    timer = setTimeout(() => (left > longest ? wait(left - longest) : act()), Math.min(left, longest))
    if (!ref) timer.unref()
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/** Resolves after `ms` milliseconds, however many. Rejects with the reason of the signal when it aborts. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error)
    const abort = (): void => {
      takeBack()
      reject(signal?.reason as Error)
    }
    const takeBack = later(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
