/**
 * What the promise comes to, unless the signal aborts first: then its reason is thrown. Once it has ended, nothing of it stays with the
 * signal. `Promise.race` does not do that: each race leaves its result with every promise it was given until that promise settles, so a
 * race of short work against something that lives as long as a load or a process keeps all the results in memory.
 */
export function orAborted<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise)
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    const forget = (): void => signal.removeEventListener('abort', abort)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(
      (value) => {
        forget()
        resolve(value)
      },
      (thrown: unknown) => {
        forget()
        reject(thrown)
      },
    )
  })
}
