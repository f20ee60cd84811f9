import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { noRetry, notFound } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { openPool } from '@sluice/postgres'
import { type SmtpSimulator, start } from '@sluice/simulator-smtp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emailTransport } from '../email/email-transport.ts'
import type { Transport } from '../message.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { type PostgresOutbox, postgresOutbox } from '../outbox/postgres-outbox.ts'
import { notification, type OutboxDatabase, usingOutbox } from '../outbox/testing/outbox-database.ts'
import type { RelayEvent } from './deliver.ts'
import { type RelayOptions, relayOnce, startRelay } from './relay.ts'

let database: OutboxDatabase
let outbox: PostgresOutbox
let smtp: SmtpSimulator

usingOutbox((made, of) => {
  database = made
  outbox = of
})
beforeEach(async () => {
  smtp = await start({ tls: 'none' })
})
afterEach(async () => {
  await smtp.close()
})

const email = (): Transport =>
  emailTransport({ host: smtp.host, port: smtp.port, security: 'none', from: 'alerts@example.org', timeoutMs: 600_000 })
const options = (more: Partial<RelayOptions> = {}): RelayOptions => ({
  outboxes: [outbox],
  transports: { email: email() },
  random: () => 0.5,
  ...more,
})
const subjects = (): readonly string[] => smtp.mails().map(({ subject }) => subject)
const messageIds = (): readonly (string | undefined)[] => smtp.mails().map(({ headers }) => headers['message-id'])

const relayProcess = (concurrency: number): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL('fixtures/relay.ts', import.meta.url)), String(smtp.port), String(concurrency)], {
    stdio: 'inherit',
    env: { ...process.env, DATABASE_URL: database.url },
  })

it('two relays over 200 messages deliver each exactly once', async () => {
  const keys = Array.from({ length: 200 }, (_, index) => `message ${index}`)
  // A reader each: many to one would become one mail.
  for (const key of keys)
    await enqueue(database.pool, notification(key, { channel: { channel: 'email', to: `${key.replace(' ', '')}@example.org` } }))
  const other = openPool(database.url)
  try {
    const second = options({ outboxes: [postgresOutbox({ name: 'warehouse', pool: other })] })
    const counts = await Promise.all([relayOnce(options({ concurrency: 8 })), relayOnce({ ...second, concurrency: 8 })])
    expect(counts.map(({ retry, failed }) => [retry, failed])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(counts.every(({ delivered }) => delivered > 0)).toBe(true)
    expect(subjects()).toHaveLength(200)
    expect(new Set(subjects())).toEqual(new Set(keys.map((key) => `subject ${key}`)))
    const rows = await outbox.list({ limit: 1_000 })
    expect(rows.filter(({ state, attempts, deliveries }) => state === 'delivered' && attempts === 1 && deliveries === 1)).toHaveLength(200)
  } finally {
    await other.end()
  }
})

describe('in the crash window', () => {
  it('a killed relay holds its message until the lease ends; then it is sent again, known by its Message-ID, and counted', async () => {
    smtp.setFaults([{ kind: 'slow', delayMs: 60_000, times: 1 }])
    await enqueue(database.pool, notification('a'))
    const child = relayProcess(1)
    await smtp.received(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await relayOnce(options())).toEqual({ delivered: 0, retry: 0, held: 0, failed: 0 })
    await database.passTime()
    expect(await relayOnce(options())).toEqual({ delivered: 1, retry: 0, held: 0, failed: 0 })
    expect(subjects()).toEqual(['subject a', 'subject a'])
    expect(messageIds()[0]).toBe(messageIds()[1])
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', attempts: 2, deliveries: 2 }])
  })

  it('a connection that breaks after the message is one too, without waiting for a lease', async () => {
    smtp.setFaults([{ kind: 'drop_after_data', times: 1 }])
    await enqueue(database.pool, notification('a'))
    expect(await relayOnce(options())).toEqual({ delivered: 0, retry: 1, held: 0, failed: 0 })
    await database.passTime()
    expect(await relayOnce(options())).toEqual({ delivered: 1, retry: 0, held: 0, failed: 0 })
    expect(messageIds()).toHaveLength(2)
    expect(messageIds()[0]).toBe(messageIds()[1])
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', attempts: 2, deliveries: 2 }])
  })
})

it('whenever relays are killed and connections break, each message arrives, and never more often than was counted', async () => {
  const random = seeded(seedOfRun())
  const keys = Array.from({ length: 60 }, (_, index) => `m${index}`)
  for (const key of keys) await enqueue(database.pool, notification(key, { channel: { channel: 'email', to: `${key}@example.org` } }))
  for (let round = 0; round < 4; round++) {
    smtp.setFaults([
      { kind: 'greylist', times: 1 + random.integer(3) },
      { kind: 'drop_after_data', times: 1 + random.integer(2) },
    ])
    const child = relayProcess(4)
    await smtp.received(smtp.mails().length + 1 + random.integer(5))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await database.passTime()
  }
  smtp.setFaults([])
  await relayOnce(options())
  const rows = await outbox.list({ limit: 100 })
  const arrived = Map.groupBy(smtp.mails(), ({ subject }) => subject)
  expect(rows.filter(({ state }) => state !== 'delivered')).toEqual([])
  expect(arrived.size).toBe(keys.length)
  expect(rows.filter(({ subject, deliveries }) => (arrived.get(subject ?? '')?.length ?? 0) > deliveries)).toEqual([])
  for (const same of arrived.values()) expect(new Set(same.map(({ headers }) => headers['message-id'])).size).toBe(1)
})

it('a greylisted message is delivered once, at its later try', async () => {
  smtp.setFaults([{ kind: 'greylist', times: 2 }])
  await enqueue(database.pool, notification('a'))
  const events: RelayEvent[] = []
  for (let round = 0; round < 3; round++) {
    await relayOnce(options({ onEvent: (event) => events.push(event) }))
    await database.passTime()
  }
  expect(events.map(({ type, attempt, inMs }) => [type, attempt, inMs])).toEqual([
    ['retry', 1, 37_500],
    ['retry', 2, 75_000],
    ['delivered', 3, undefined],
  ])
  expect(subjects()).toEqual(['subject a'])
  expect(await outbox.list()).toMatchObject([{ state: 'delivered', attempts: 3, deliveries: 1 }])
})

it('a recipient that does not exist fails at once and holds up nobody', async () => {
  smtp.setFaults([{ kind: 'reject_recipient', to: 'gone@example.org' }])
  await enqueue(database.pool, notification('a', { channel: { channel: 'email', to: 'gone@example.org' } }))
  await enqueue(database.pool, notification('b'))
  const events: RelayEvent[] = []
  expect(await relayOnce(options({ concurrency: 1, onEvent: (event) => events.push(event) }))).toEqual({
    delivered: 1,
    retry: 0,
    held: 0,
    failed: 1,
  })
  expect(events[0]).toMatchObject({
    type: 'failed',
    key: 'a',
    to: 'gone@example.org',
    error: { code: 'notify.refused', facts: { smtpCode: 550 } },
  })
  expect(await outbox.list({ state: 'failed' })).toMatchObject([{ key: 'a', deliveries: 0, error: expect.stringContaining('5.1.1') }])
})

it('a channel that nothing sends to fails with a sentence that says so', async () => {
  await enqueue(database.pool, notification('a', { channel: { channel: 'slack' as 'email', to: '#ops' } }))
  expect(await relayOnce(options())).toEqual({ delivered: 0, retry: 0, held: 0, failed: 1 })
  expect(await outbox.list()).toMatchObject([
    {
      channel: 'slack',
      to: '#ops',
      state: 'failed',
      error: 'notify.refused: nothing here sends to the channel "slack" Use one of: email.',
    },
  ])
})

it('a message that is never taken is given up after the last try', async () => {
  smtp.setFaults([{ kind: 'greylist' }])
  await enqueue(database.pool, notification('a'))
  expect(await relayOnce(options({ retry: noRetry }))).toEqual({ delivered: 0, retry: 0, held: 0, failed: 1 })
})

it('a message that cannot be rendered is a failed sending of its own', async () => {
  for (const key of ['a', 'b']) await enqueue(database.pool, notification(key))
  const rendering = postgresOutbox({
    name: 'rendering',
    pool: database.pool,
    message: ({ key }) => {
      if (key === 'a') throw notFound('the run is gone')
      return notification('b').message
    },
  })
  expect(await relayOnce(options({ outboxes: [rendering] }))).toEqual({ delivered: 1, retry: 0, held: 0, failed: 1 })
  expect(await outbox.list({ state: 'failed' })).toMatchObject([{ key: 'a', error: 'not_found: the run is gone', deliveries: 0 }])
})

it('an outbox that cannot be reached does not keep the others waiting', async () => {
  const nowhere = openPool('postgres://nobody@127.0.0.1:1/none')
  await enqueue(database.pool, notification('a'))
  const broken = postgresOutbox({ name: 'broken', pool: nowhere })
  await expect(relayOnce(options({ outboxes: [broken, outbox] }))).rejects.toMatchObject({ code: 'postgres.unavailable' })
  expect(subjects()).toEqual(['subject a'])
  await nowhere.end()
})

describe('a running relay', () => {
  it('sends what comes when it is woken, and what nobody tells it at the next poll', async () => {
    const idle = startRelay(options({ pollMs: 3_600_000 }))
    try {
      await idle.runOnce()
      await enqueue(database.pool, notification('woken'))
      idle.wake()
      await smtp.received(1)
    } finally {
      await idle.stop()
    }
    const polling = startRelay(options({ pollMs: 10 }))
    try {
      await enqueue(database.pool, notification('polled'))
      await smtp.received(2)
    } finally {
      await polling.stop()
    }
    expect(subjects()).toEqual(['subject woken', 'subject polled'])
  })

  it('finishes what it is sending when it is stopped, and claims nothing more', async () => {
    smtp.setFaults([{ kind: 'slow', delayMs: 300, times: 1 }])
    for (const key of ['a', 'b']) await enqueue(database.pool, notification(key))
    const relay = startRelay(options({ concurrency: 1 }))
    await smtp.received(1)
    await relay.stop()
    expect(await outbox.list()).toMatchObject([
      { key: 'b', state: 'queued', attempts: 0 },
      { key: 'a', state: 'delivered', deliveries: 1 },
    ])
  })

  it('reports an outbox that cannot be reached and goes on', async () => {
    const nowhere = openPool('postgres://nobody@127.0.0.1:1/none')
    const reported = Promise.withResolvers<readonly [string, unknown]>()
    const relay = startRelay(
      options({
        outboxes: [postgresOutbox({ name: 'broken', pool: nowhere }), outbox],
        pollMs: 10,
        onError: (name, error) => reported.resolve([name, error]),
      }),
    )
    expect(await reported.promise).toEqual(['broken', expect.objectContaining({ code: 'postgres.unavailable' })])
    await enqueue(database.pool, notification('a'))
    await smtp.received(1)
    await relay.stop()
    await nowhere.end()
  })

  it('cuts a sending off before its lease ends, so that no other relay sends meanwhile', async () => {
    // The message has to reach the server before it is cut off, however busy the machine is.
    const began = performance.now()
    await enqueue(database.pool, notification('before'))
    await relayOnce(options())
    const leaseMs = 1_000 + 20 * Math.ceil(performance.now() - began)
    await database.pool.query('truncate public.sluice_outbox')
    smtp.setFaults([{ kind: 'slow', delayMs: 3_600_000, times: 1 }])
    await enqueue(database.pool, notification('a'))
    const events: RelayEvent[] = []
    await relayOnce(options({ leaseMs, onEvent: (event) => events.push(event) }))
    expect(events).toMatchObject([
      { type: 'retry', error: { facts: { mayHaveArrived: true }, message: expect.stringContaining('took too long') } },
    ])
    expect(await outbox.list()).toMatchObject([{ state: 'queued', attempts: 1, deliveries: 1 }])
  })
})
