import type { Channel } from '@sluice/author'
import type { ErrorRecord, Instant, Json } from '@sluice/core'
import { type Pool, withRetry } from '@sluice/postgres'
import type { Message } from '../message.ts'
import type { Outbox } from './outbox.ts'
import { claimSql, deliveredSql, failedSql, listSql, retrySql, type TableName, warehouseOutbox } from './statements.ts'

export type OutboxRow = Readonly<Record<string, Json>>

export interface PostgresOutboxOptions {
  readonly name: string
  readonly pool: Pool
  /** Default `public.sluice_outbox`. */
  readonly table?: TableName
  /** The message of a row of the table; default: its columns `subject`, `text`, `html`. An error counts as a failed sending. */
  readonly message?: (row: OutboxRow) => Message | Promise<Message>
}

export type NotificationState = 'queued' | 'delivered' | 'failed'

/** As `notify list --json` shows it. */
export interface ListedNotification {
  readonly key: string
  readonly channel: string
  readonly to: string
  /** `null` where messages are rendered when they are sent. */
  readonly subject: string | null
  readonly state: NotificationState
  readonly attempts: number
  /** How often the receiver may have got it. */
  readonly deliveries: number
  readonly createdAt: Instant
  /** Of a queued one: not sent before. */
  readonly nextAt: Instant | null
  readonly deliveredAt: Instant | null
  /** Of the latest failure; of a delivered one: addresses that were refused. */
  readonly error: string | null
}

export interface PostgresOutbox extends Outbox {
  /** Newest first. Default limit 100. */
  list(options?: { readonly limit?: number; readonly state?: NotificationState }): Promise<readonly ListedNotification[]>
  /** Queues failed notifications again, with all their attempts; those of `keys`, or every one. Answers how many. */
  retry(keys?: readonly string[]): Promise<number>
}

interface ClaimedRow {
  readonly id: number
  readonly key: string
  readonly channel: Channel
  readonly attempt: number
  readonly row: OutboxRow
}

/**
 * The outbox in a table with the columns of `sluice_outbox.up.sql`, or, messages apart, of the engine's (`sluice.outbox`). Lease and due
 * times follow the database's clock.
 */
export function postgresOutbox({ name, pool, table = warehouseOutbox, message = storedMessage }: PostgresOutboxOptions): PostgresOutbox {
  return {
    name,
    async claim(count, leaseMs) {
      const rows = await pool.query<ClaimedRow>(claimSql(table), [count, leaseMs])
      return rows.map(({ row, ...claimed }) => ({ ...claimed, message: async () => await message(row) }))
    },
    async delivered({ id }, { refused }) {
      const note = refused.length === 0 ? null : refused.map(({ address, reason }) => `refused for ${address}: ${reason}`).join('; ')
      await insistently(() => pool.execute(deliveredSql(table), [id, note]))
    },
    async failed({ id, attempt }, error, retryInMs) {
      // Not repeated after a lost connection: the count would go down twice. The end of the lease does what is needed.
      const arrivedMaybe = error.facts?.mayHaveArrived === true
      await pool.execute(failedSql(table), [id, attempt, shown(error), retryInMs, arrivedMaybe ? 0 : 1])
    },
    list: async ({ limit = 100, state } = {}) => await pool.query<ListedNotification>(listSql(table), [state ?? null, limit]),
    retry: async (keys) => await pool.execute(retrySql(table), [keys ?? null]),
  }
}

/** Worth half a minute: a delivery that is not recorded is sent again. */
const insistently = <T>(act: () => Promise<T>): Promise<T> => withRetry(act, { attempts: 8, whenDisconnected: true })

const shown = ({ code, message, next }: ErrorRecord): string => `${code}: ${message}${next === undefined ? '' : ` ${next}`}`

const storedMessage = ({ subject, text, html }: OutboxRow): Message => ({
  subject: String(subject),
  text: String(text),
  html: String(html),
})
