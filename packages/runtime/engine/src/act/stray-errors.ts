/**
 * Rejects with an error that user code threw where nobody awaited it, and aborts `tainted`: the error fails the attempt at hand, and the
 * process drains, since nobody knows what else the code left behind.
 */
export function strayErrors(tainted: AbortController): Promise<never> {
  const stray = new Promise<never>((_, reject) => {
    const onStray = (thrown: unknown): void => {
      tainted.abort()
      reject(thrown)
    }
    process.on('unhandledRejection', onStray)
    process.on('uncaughtException', onStray)
  })
  stray.catch(() => undefined)
  return stray
}
