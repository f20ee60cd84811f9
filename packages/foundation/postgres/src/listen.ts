import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type ConnectOptions, clientConfig, type Queryable, queryable } from './connection.ts'
import { toFault } from './fault.ts'
import { quoteIdentifier } from './identifiers.ts'

export interface Notification {
  readonly channel: string
  readonly payload: string
}

export interface ListenOptions extends ConnectOptions {
  /** The session was lost and is back: what was notified in between is lost, so look at the tables now. */
  readonly onReconnect?: () => void
  readonly onLost?: (error: Error | undefined) => void
  /** First pause before connecting again, doubled up to 5 s. Default 50 ms. */
  readonly pauseMs?: number
}

export interface Listener {
  /** Statements on the listening session, for who must not take another one. While it is lost they fail, and may be tried again. */
  readonly db: Queryable
  /** Nothing is notified after this resolves. */
  close(): Promise<void>
}

/**
 * Notifications of `channels` on a session of its own. Notifications are a hint, the tables are the truth: poll as well, and poll in
 * `onReconnect`. Needs a direct connection, not a pooler in transaction mode. Rejects when the first connection fails.
 *
 * Two states: listening (entered by a LISTEN that succeeded; left when the session ends) and reconnecting (left by a LISTEN that succeeds,
 * or by `close()`).
 */
export async function listen(
  url: string,
  channels: readonly string[],
  onNotify: (notification: Notification) => void,
  options: ListenOptions = {},
): Promise<Listener> {
  const closing = new AbortController()
  const statement = channels.map((channel) => `listen ${quoteIdentifier(channel)}`).join('; ')
  let reconnecting: Promise<void> = Promise.resolve()

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(clientConfig(url, { applicationName: 'sluice listen', ...options }))
    let listening = false
    let lost: Error | undefined
    client.on('error', (error) => {
      lost = error
    })
    client.on('notification', ({ channel, payload }) => {
      if (!closing.signal.aborted) onNotify({ channel, payload: payload ?? '' })
    })
    client.once('end', () => {
      if (!listening || closing.signal.aborted) return
      options.onLost?.(lost)
      reconnecting = reconnect()
    })
    try {
      await client.connect()
      await client.query(statement)
      listening = true
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      throw toFault(error, statement)
    }
  }

  const reconnect = async (): Promise<void> => {
    for (let pause = options.pauseMs ?? 50; !closing.signal.aborted; pause = Math.min(pause * 2, 5_000)) {
      await delay(pause * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => undefined)
      if (closing.signal.aborted) return
      const client = await connect().catch(() => undefined)
      if (client === undefined) continue
      current = client
      if (!closing.signal.aborted) options.onReconnect?.()
      return
    }
  }

  let current = await connect()
  return {
    db: {
      query: async (statement, params) => await queryable(current).query(statement, params),
      execute: async (statement, params) => await queryable(current).execute(statement, params),
    },
    close: async () => {
      closing.abort()
      await reconnecting
      await current.end().catch(() => undefined)
    },
  }
}
