import { readFile } from 'node:fs/promises'
import { openPool, type Pool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Notification } from '../enqueue.ts'
import { type PostgresOutbox, postgresOutbox } from '../postgres-outbox.ts'

const sql = (name: string): Promise<string> => readFile(new URL(`../${name}.sql`, import.meta.url), 'utf8')

export interface OutboxDatabase extends AsyncDisposable {
  readonly url: string
  readonly pool: Pool
  /** Every lease and every wait is over, as if that time had passed. */
  passTime(): Promise<void>
}

/** A database of its own with a warehouse's outbox. */
export async function outboxDatabase(): Promise<OutboxDatabase> {
  const database = await testDatabase({
    migrations: [{ id: '0001_warehouse', up: await sql('sluice_outbox.up'), down: await sql('sluice_outbox.down') }],
    schema: 'history',
  })
  const pool = openPool(database.url, { applicationName: 'notify test' })
  return {
    url: database.url,
    pool,
    async passTime() {
      await pool.query("update public.sluice_outbox set next_at = next_at - interval '1 day', lease_until = lease_until - interval '1 day'")
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      await database.drop()
    },
  }
}

/** For all tests of a file: an outbox in a database of its own, empty before each of them. */
export function usingOutbox(take: (database: OutboxDatabase, outbox: PostgresOutbox) => void): void {
  let database: OutboxDatabase
  beforeAll(async () => {
    database = await outboxDatabase()
    take(database, postgresOutbox({ name: 'warehouse', pool: database.pool }))
  })
  beforeEach(async () => {
    await database.pool.query('truncate public.sluice_outbox restart identity')
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
  })
}

export const notification = (key: string, more: Partial<Notification> = {}): Notification => ({
  key,
  channel: { channel: 'email', to: 'ops@example.org' },
  message: { subject: `subject ${key}`, text: `text ${key}`, html: `<p>${key}</p>` },
  ...more,
})
