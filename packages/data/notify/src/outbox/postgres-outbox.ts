import { randomUUID } from 'node:crypto'
import { type ErrorRecord, given, type Instant, type Json, unreachable } from '@sluice/core'
import { type Pool, storableJson, storableText, withRetry } from '@sluice/postgres'
import type { Brief, Message, Recipients } from '../message.ts'
import type { Claimed, Due, Outbox, Selection } from './outbox.ts'
import {
  claimSql,
  deliveredSql,
  dueSql,
  failedSql,
  findSql,
  heldSql,
  inTurnSql,
  listSql,
  postponeSql,
  retrySql,
  type TableName,
  warehouseOutbox,
} from './statements.ts'

export type OutboxRow = Readonly<Record<string, Json>>

export interface PostgresOutboxOptions {
  readonly name: string
  readonly pool: Pool
  /** Default `public.sluice_outbox`. */
  readonly table?: TableName
  /** The message of a row of the table; default: its columns `subject`, `text`, `html`. An error counts as a failed sending. */
  readonly message?: (row: OutboxRow) => Message | Promise<Message>
  /** Of the reader; English unless given. */
  readonly language?: (row: OutboxRow) => string
}

export type NotificationState = 'queued' | 'delivered' | 'partly_delivered' | 'failed'

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
  /** Of the latest failure; of a partly delivered one: who has not got it, and why. */
  readonly error: string | null
  /** Addresses that need no further try. */
  readonly recipients: Recipients
  /** Not null: it left in one mail with others, or is about to. */
  readonly bundle: string | null
}

/** As `notify show --json` has it. */
export interface FoundNotification extends ListedNotification {
  /** What it said or will say, whatever mail it shares with others. */
  readonly message: Message
}

export interface PostgresOutbox extends Outbox {
  find(key: string): Promise<FoundNotification | undefined>
  /** Newest first. Default limit 100. */
  list(options?: { readonly limit?: number; readonly state?: NotificationState }): Promise<readonly ListedNotification[]>
  /**
   * Queues again, with all their attempts, what has failed (for good or at some addresses, which alone get it then) and what waits for a
   * correction of the settings; those of `keys`, or every one. Answers how many.
   */
  retry(keys?: readonly string[]): Promise<number>
}

interface ClaimedRow extends Omit<Claimed, 'message' | 'language'> {
  readonly row: OutboxRow
}

/**
 * The outbox in a table with the columns of `sluice_outbox.up.sql`, or, messages apart, of the engine's (`sluice.outbox`). Lease and due
 * times follow the database's clock.
 */
export function postgresOutbox(options: PostgresOutboxOptions): PostgresOutbox {
  const { name, pool, table = warehouseOutbox, message = storedMessage, language = () => 'en' } = options
  return {
    name,
    due: async (windowMs) => (await pool.query<Due>(dueSql(table), [windowMs]))[0],
    async claim(count, leaseMs, of = { kind: 'any' }) {
      const bundle = count === 1 ? null : randomUUID()
      const rows = await pool.query<ClaimedRow>(claimSql(table), [count, leaseMs, bundle, ...values(of)])
      return rows
        .map(({ row, ...claimed }) => ({ ...claimed, language: language(row), message: async () => await message(row) }))
        .sort((a, b) => a.id - b.id)
    },
    async postpone(of, inMs) {
      await pool.execute(postponeSql(table), [inMs, ...values(of)])
    },
    async record(claimed, outcome) {
      const ids = claimed.map(({ id }) => id)
      const attempts = claimed.map(({ attempt }) => attempt)
      switch (outcome.kind) {
        case 'delivered':
          await insistently(() =>
            pool.execute(deliveredSql(table), [ids, storableJson(outcome.recipients), outcome.note && storableText(outcome.note)]),
          )
          return
        case 'held':
          // Of senders that were refused at once each puts off the others: in turn, or none would be left to try again first.
          await pool.transaction(
            async (tx) => {
              await tx.query(inTurnSql, [`${table.schema}.${table.table}`])
              await tx.query(failedSql(table), [ids, attempts, shown(outcome.error), outcome.inMs, 1, '{}', true])
              await tx.query(heldSql(table), [ids, shown(outcome.error), outcome.inMs])
            },
            { retry: { attempts: 5 } },
          )
          return
        case 'retry':
        case 'failed': {
          const inMs = outcome.kind === 'retry' ? outcome.inMs : null
          const somebodyHasIt = Object.values(outcome.recipients).some(({ state }) => state === 'delivered')
          const arrived = somebodyHasIt || outcome.error.facts?.mayHaveArrived === true
          const failed = [ids, attempts, shown(outcome.error), inMs, arrived ? 0 : 1, storableJson(outcome.recipients), false]
          // Where the count goes down it is not repeated after a lost connection: it would go down twice. The end of the lease does what is
          // needed. Who has it must be known, or gets it twice.
          await (somebodyHasIt ? insistently(() => pool.execute(failedSql(table), failed)) : pool.execute(failedSql(table), failed))
          return
        }
        default:
          unreachable(outcome)
      }
    },
    find: async (key) => {
      const [found] = await pool.query<ListedNotification & { readonly row: OutboxRow }>(findSql(table), [key])
      if (found === undefined) return undefined
      const { row, ...listed } = found
      return { ...listed, message: await message(row) }
    },
    list: async ({ limit = 100, state } = {}) => await pool.query<ListedNotification>(listSql(table), [state ?? null, limit]),
    retry: async (keys) => await pool.execute(retrySql(table), [keys ?? null]),
  }
}

/** Of a selection, as `selected` of the statements reads it: id, whether of its channel, whether of its topic, bundle. */
function values(of: Selection): readonly (number | string | boolean | null)[] {
  switch (of.kind) {
    case 'any':
      return [null, null, null, null]
    case 'message':
      return [of.id, false, false, null]
    case 'topic':
      return [of.id, true, true, null]
    case 'channel':
      return [of.id, true, false, null]
    case 'bundle':
      return [null, null, null, of.bundle]
    default:
      return unreachable(of)
  }
}

/** Worth half a minute: a delivery that is not recorded is sent again. */
const insistently = <T>(act: () => Promise<T>): Promise<T> => withRetry(act, { attempts: 8, whenDisconnected: true })

const shown = ({ code, message, next }: ErrorRecord): string => storableText(`${code}: ${message}${next === undefined ? '' : ` ${next}`}`)

const storedMessage = ({ subject, text, html, facts }: OutboxRow): Message => ({
  subject: String(subject),
  text: String(text),
  html: String(html),
  ...given({ brief: (facts as { readonly brief?: Brief } | null)?.brief }),
})
