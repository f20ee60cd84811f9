import type { DuckConnection } from './connection.ts'

/** DuckDB forgets an interrupt that comes between two statements. */
const everyMs = 20

/**
 * Does the work on a connection. An abort interrupts the statement that runs and each one that is started later, and the work then fails
 * with the signal's reason. Work that ended before the interrupt reached it keeps its result.
 */
export async function interruptible<T>(connection: DuckConnection, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    connection.interrupt()
    timer = setInterval(() => connection.interrupt(), everyMs)
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    signal?.throwIfAborted()
    return await work()
  } catch (thrown) {
    signal?.throwIfAborted()
    throw thrown
  } finally {
    signal?.removeEventListener('abort', stop)
    clearInterval(timer)
  }
}
