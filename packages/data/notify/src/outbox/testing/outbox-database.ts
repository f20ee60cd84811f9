import { readFile } from 'node:fs/promises'
import { openPool, type Pool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import type { Notification } from '../enqueue.ts'

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

export const notification = (key: string, more: Partial<Notification> = {}): Notification => ({
  key,
  channel: { channel: 'email', to: 'ops@example.org' },
  message: { subject: `subject ${key}`, text: `text ${key}`, html: `<p>${key}</p>` },
  ...more,
})
