import pg from 'pg'
import { asConnection, type Connection, type ConnectOptions, clientConfig, type Queryable, queryable } from './connection.ts'
import { toFault } from './fault.ts'
import { type RetryOptions, withRetry } from './retry.ts'

export interface PoolOptions extends ConnectOptions {
  /** Most connections at a time. Default 10. */
  readonly max?: number
  /** The pool's idle connections do not keep the process alive. Default false. */
  readonly allowExitOnIdle?: boolean
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readonly readOnly?: boolean
  /** Run again after serialization failures and deadlocks; `fn` must then have no effect outside the database. Default: once. */
  readonly retry?: RetryOptions
}

export interface Pool extends Queryable {
  /** Commits when `fn` returns, rolls back when it throws. */
  transaction<T>(fn: (tx: Connection) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** One session for several statements. */
  withConnection<T>(fn: (connection: Connection) => Promise<T>): Promise<T>
  /** Waits for checked-out connections, closes all. Calling it again does nothing. */
  end(): Promise<void>
  /** The driver's pool, for Kysely. */
  readonly native: pg.Pool
}

export function openPool(url: string, options: PoolOptions = {}): Pool {
  const { connectionTimeoutMillis, ...config } = clientConfig(url, options)
  const native = new pg.Pool({
    ...config,
    // The limit is that of a connection that is made. Whoever waits for the turn at one that exists waits: what runs may take long.
    Client: class extends pg.Client {
      constructor(given: pg.ClientConfig = {}) {
        super({ ...given, ...(connectionTimeoutMillis === undefined ? {} : { connectionTimeoutMillis }) })
      }
    },
    max: options.max ?? 10,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: options.allowExitOnIdle ?? false,
  })
  // The pool drops a connection that breaks while idle, the next statement gets a new one. One that breaks while checked out is
  // reported by its next statement. Without these listeners either would end the process.
  native.on('error', () => undefined)
  native.on('connect', (client) => client.on('error', () => undefined))

  const withConnection = async <T>(fn: (connection: Connection) => Promise<T>): Promise<T> => {
    const client = await native.connect().catch((error: unknown) => {
      throw toFault(error)
    })
    let broken = false
    try {
      return await fn(asConnection(client))
    } catch (error) {
      broken = mayBeBroken(error)
      throw error
    } finally {
      client.release(broken)
    }
  }

  let ended: Promise<void> | undefined
  return {
    ...queryable(native),
    native,
    withConnection,
    transaction: (fn, settings = {}) =>
      withRetry(() => withConnection((connection) => inTransaction(connection, fn, settings)), settings.retry ?? { attempts: 1 }),
    end: () => (ended ??= native.end()),
  }
}

async function inTransaction<T>(
  connection: Connection,
  fn: (tx: Connection) => Promise<T>,
  { isolation, readOnly }: TransactionOptions,
): Promise<T> {
  await connection.query(`begin${isolation === undefined ? '' : ` isolation level ${isolation}`}${readOnly === true ? ' read only' : ''}`)
  try {
    const result = await fn(connection)
    await connection.query('commit')
    return result
  } catch (error) {
    // A failed rollback means a lost session, in which the server has rolled back by itself; the first error is the one to report.
    await connection.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Not worth giving back to the pool. */
function mayBeBroken(error: unknown): boolean {
  const fault = toFault(error)
  return fault.code === 'postgres.unavailable' && fault.facts.retry === 'connection'
}
