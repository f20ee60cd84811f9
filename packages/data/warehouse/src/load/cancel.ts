import { type Connection, cancelStatement } from '@sluice/postgres'

export interface CancellableSession extends AsyncDisposable {
  readonly connection: Connection
}

/** A session whose statement at work is cancelled on abort, and which takes no further one. */
export function cancelledBy(signal: AbortSignal | undefined, session: Connection): CancellableSession {
  if (signal === undefined) return { connection: session, [Symbol.asyncDispose]: async () => undefined }
  let cancelling: Promise<unknown> | undefined
  const cancel = (): void => {
    // A cancel that finds the server gone has nothing left to do: the session's own statement reports that.
    cancelling = cancelStatement(session.native).catch(() => undefined)
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
