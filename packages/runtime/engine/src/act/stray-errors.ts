/**
 * Aborts with an error that user code threw where nobody awaited it, and aborts `tainted`: the error fails the attempt at hand, and the
 * process drains, since nobody knows what else the code left behind. A signal, and not a promise, since attempts wait for it one after
 * another and it lives as long as the process.
 */
export function strayErrors(tainted: AbortController): AbortSignal {
  const stray = new AbortController()
  const onStray = (thrown: unknown): void => {
    tainted.abort()
    stray.abort(thrown ?? new Error('nothing was thrown: a promise was rejected without a reason'))
  }
  process.on('unhandledRejection', onStray)
  process.on('uncaughtException', onStray)
  return stray.signal
}
