import type { Connection, Pool } from '@sluice/postgres'

export interface CancellableSession extends AsyncDisposable {
  readonly connection: Connection
}

/** A session whose statement at work is cancelled on abort, and which takes no further one. */
export async function cancelledBy(signal: AbortSignal | undefined, pool: Pool, session: Connection): Promise<CancellableSession> {
  if (signal === undefined) return { connection: session, [Symbol.asyncDispose]: async () => undefined }
  const [backend] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
  let cancelling: Promise<unknown> | undefined
  const cancel = (): void => {
    // A cancel that finds the server gone has nothing left to do: the session's own statement reports that.
    if (backend !== undefined) cancelling = pool.cancel(backend.pid).catch(() => undefined)
  }
  signal.addEventListener('abort', cancel, { once: true })
  return {
    connection: {
      native: session.native,
      query: async (statement, params) => {
        signal.throwIfAborted()
        return await session.query(statement, params)
      },
      execute: async (statement, params) => {
        signal.throwIfAborted()
        return await session.execute(statement, params)
      },
    },
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', cancel)
      await cancelling
    },
  }
}
