import { readFile } from 'node:fs/promises'
import { openPool, type Pool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import type { Notification } from '../enqueue.ts'

const sql = (name: string): Promise<string> => readFile(new URL(`../${name}.sql`, import.meta.url), 'utf8')

/** The columns of the engine's outbox before `engine_outbox.up.sql` (engine, `0001_metadata.up.sql`), with a run to refer to. */
const engineTables = `
create schema sluice;
create table sluice.run (id text collate "C" primary key, state text not null);
create table sluice.outbox (
  id bigint generated always as identity primary key,
  key text not null unique,
  run text collate "C" not null references sluice.run,
  event text not null check (event in ('success', 'failure')),
  channel jsonb not null,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  attempts int not null default 0,
  error text
);
create index outbox_open on sluice.outbox (id) where delivered_at is null;`

export interface OutboxDatabase extends AsyncDisposable {
  readonly url: string
  readonly pool: Pool
  /** Every lease and every wait is over, as if that time had passed. */
  passTime(): Promise<void>
}

/** A database of its own with a warehouse's outbox and the engine's. */
export async function outboxDatabase(): Promise<OutboxDatabase> {
  const database = await testDatabase({
    migrations: [
      { id: '0001_warehouse', up: await sql('sluice_outbox.up'), down: await sql('sluice_outbox.down') },
      { id: '0002_engine', up: `${engineTables}\n${await sql('engine_outbox.up')}` },
    ],
    schema: 'history',
  })
  const pool = openPool(database.url, { applicationName: 'notify test' })
  return {
    url: database.url,
    pool,
    async passTime() {
      for (const table of ['public.sluice_outbox', 'sluice.outbox']) {
        await pool.query(`update ${table} set next_at = next_at - interval '1 day', lease_until = lease_until - interval '1 day'`)
      }
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
