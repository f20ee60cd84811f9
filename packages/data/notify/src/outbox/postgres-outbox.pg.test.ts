import { readFile } from 'node:fs/promises'
import { type ErrorRecord, toErrorRecord } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { notifyErrors } from '../errors.ts'
import type { Recipients } from '../message.ts'
import { enqueue } from './enqueue.ts'
import type { Outcome } from './outbox.ts'
import { type PostgresOutbox, postgresOutbox } from './postgres-outbox.ts'
import { notification, type OutboxDatabase, usingOutbox } from './testing/outbox-database.ts'

let database: OutboxDatabase
let outbox: PostgresOutbox

usingOutbox((made, of) => {
  database = made
  outbox = of
})

const unavailable = (facts: Record<string, unknown> = {}): ErrorRecord =>
  toErrorRecord(notifyErrors.unavailable('no answer', { facts, next: 'Wait.' }))
const delivered: Outcome = { kind: 'delivered', recipients: {}, note: null }
const failed = (error: ErrorRecord, inMs: number | null): Outcome =>
  inMs === null ? { kind: 'failed', error, recipients: {} } : { kind: 'retry', inMs, error, recipients: {} }

async function claimOne(leaseMs = 60_000) {
  const [claimed, ...others] = await outbox.claim(1, leaseMs)
  expect(others).toEqual([])
  if (claimed === undefined) throw new Error('nothing to claim')
  return claimed
}

describe('entering', () => {
  it('a key is taken once, whoever comes second', async () => {
    expect(await enqueue(database.pool, notification('a'))).toBe(true)
    expect(await enqueue(database.pool, notification('a', { message: { subject: 'other', text: '', html: '' } }))).toBe(false)
    const both = await Promise.all([enqueue(database.pool, notification('b')), enqueue(database.pool, notification('b'))])
    expect(both.sort()).toEqual([false, true])
    expect(await outbox.list()).toMatchObject([{ key: 'b' }, { key: 'a', subject: 'subject a' }])
  })

  it('a message is there if and only if the transaction of its data commits', async () => {
    const failing = database.pool.transaction(async (tx) => {
      await enqueue(tx, notification('lost'))
      throw new Error('the data is wrong')
    })
    await expect(failing).rejects.toThrow('the data is wrong')
    await database.pool.transaction((tx) => enqueue(tx, notification('kept', { facts: { rows: 100 } })))
    expect((await outbox.list()).map(({ key }) => key)).toEqual(['kept'])
    expect(await database.pool.query('select facts from public.sluice_outbox')).toEqual([{ facts: { rows: 100 } }])
  })

  it('a character that PostgreSQL cannot hold costs itself, in a message as in the answer of a mail server', async () => {
    const odd = { subject: 'a\0b', text: 'half \ud83d', html: '<p>\0</p>' }
    expect(await enqueue(database.pool, notification('odd', { message: odd, facts: { said: 'x\0\ud83d' } }))).toBe(true)
    const claimed = await claimOne()
    expect(await claimed.message()).toEqual({ subject: 'a\ufffdb', text: 'half \ufffd', html: '<p>\ufffd</p>' })
    const recipients: Recipients = { 'b@example.org': { state: 'refused', reason: '550 no\0\udc00' } }
    await outbox.record([claimed], { kind: 'delivered', recipients, note: '550 no\0' })
    expect(await outbox.list()).toMatchObject([
      { state: 'partly_delivered', error: '550 no\ufffd', recipients: { 'b@example.org': { reason: '550 no\ufffd\ufffd' } } },
    ])
    await enqueue(database.pool, notification('other'))
    const other = await claimOne()
    await outbox.record([other], { kind: 'failed', error: toErrorRecord(notifyErrors.refused('451\0', { next: 'No.' })), recipients })
    expect(await outbox.list({ state: 'failed' })).toMatchObject([{ key: 'other', error: 'notify.refused: 451\ufffd No.' }])
  })

  it('a channel without a recipient is refused by the table', async () => {
    const insert = `insert into public.sluice_outbox (key, channel, subject, text, html) values ('x', '{"channel":"email"}', '', '', '')`
    await expect(database.pool.query(insert)).rejects.toMatchObject({ facts: { sqlstate: '23514' } })
  })
})

describe('a lease', () => {
  it('keeps everybody else away until it ends, then the next claim counts a second possible delivery', async () => {
    await enqueue(database.pool, notification('a'))
    const first = await claimOne()
    expect(first).toMatchObject({ key: 'a', channel: { channel: 'email', to: 'ops@example.org' }, attempt: 1 })
    expect(await first.message()).toEqual(notification('a').message)
    expect(await outbox.claim(10, 60_000)).toEqual([])
    await database.passTime()
    const second = await claimOne()
    expect(second.attempt).toBe(2)
    await outbox.record([second], delivered)
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', attempts: 2, deliveries: 2, error: null }])
  })

  it('claims the longest due first and no row twice, whatever runs at the same time', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await enqueue(database.pool, notification(key))
    expect((await outbox.claim(2, 60_000)).map(({ key }) => key).sort()).toEqual(['a', 'b'])
    const rest = await Promise.all(Array.from({ length: 6 }, () => outbox.claim(1, 60_000)))
    expect(new Set(rest.flat().map(({ key }) => key))).toEqual(new Set(['c', 'd', 'e', 'f']))
    expect(rest.flat()).toHaveLength(4)
  })

  it('that was lost does not let its late holder disturb the next one', async () => {
    await enqueue(database.pool, notification('a'))
    const late = await claimOne()
    await database.passTime()
    const next = await claimOne()
    await outbox.record([late], failed(unavailable(), null))
    expect(await outbox.list()).toMatchObject([{ state: 'queued', deliveries: 1, error: null }])
    expect(await outbox.claim(1, 60_000)).toEqual([])
    await outbox.record([next], delivered)
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', deliveries: 1 }])
  })

  it('that was lost does not undo a delivery: what arrived is delivered', async () => {
    await enqueue(database.pool, notification('a'))
    const late = await claimOne()
    await database.passTime()
    const next = await claimOne()
    await outbox.record([late], delivered)
    await outbox.record([next], failed(unavailable(), null))
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', deliveries: 1, error: null }])
    await enqueue(database.pool, notification('b'))
    const slow = await claimOne()
    await outbox.record([slow], failed(unavailable({ mayHaveArrived: true }), null))
    await outbox.record([slow], delivered)
    expect(await outbox.list({ limit: 1 })).toMatchObject([{ key: 'b', state: 'delivered' }])
  })
})

describe('a failure', () => {
  it('is tried again not before its time, and what surely did not arrive is not a delivery', async () => {
    await enqueue(database.pool, notification('a'))
    await outbox.record([await claimOne()], failed(unavailable(), 3_600_000))
    const [row] = await outbox.list()
    expect(row).toMatchObject({
      state: 'queued',
      attempts: 1,
      deliveries: 0,
      error: 'notify.unavailable: no answer Wait.',
      deliveredAt: null,
    })
    expect((row?.nextAt ?? 0) - (row?.createdAt ?? 0)).toBeGreaterThanOrEqual(3_600_000)
    expect(await outbox.claim(1, 60_000)).toEqual([])
    await database.passTime()
    await outbox.record([await claimOne()], delivered)
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', attempts: 2, deliveries: 1, nextAt: null, error: null }])
  })

  it('that may have arrived counts as a delivery', async () => {
    await enqueue(database.pool, notification('a'))
    await outbox.record([await claimOne()], failed(unavailable({ mayHaveArrived: true }), 0))
    await outbox.record([await claimOne()], delivered)
    expect(await outbox.list()).toMatchObject([{ state: 'delivered', deliveries: 2 }])
  })

  it('for good stays until somebody queues it again', async () => {
    for (const key of ['a', 'b']) await enqueue(database.pool, notification(key))
    for (const claimed of await outbox.claim(2, 60_000)) await outbox.record([claimed], failed(unavailable(), null))
    await database.passTime()
    expect(await outbox.claim(2, 60_000)).toEqual([])
    expect(await outbox.list({ state: 'failed' })).toHaveLength(2)
    expect(await outbox.retry(['b', 'unknown'])).toBe(1)
    expect(await claimOne()).toMatchObject({ key: 'b', attempt: 1 })
    expect(await outbox.retry()).toBe(1)
    expect(await claimOne()).toMatchObject({ key: 'a' })
  })
})

it('a delivery that some addresses refused says so', async () => {
  await enqueue(database.pool, notification('a'))
  const recipients: Recipients = { 'a@example.org': { state: 'delivered' }, 'gone@example.org': { state: 'refused', reason: '550 no' } }
  const note = 'refused for gone@example.org: 550 no'
  await outbox.record([await claimOne()], { kind: 'delivered', recipients, note })
  expect(await outbox.list({ state: 'partly_delivered' })).toMatchObject([{ error: note, recipients }])
  // Who has it does not get it again.
  expect(await outbox.retry()).toBe(1)
  expect((await claimOne()).settled).toEqual({ 'a@example.org': { state: 'delivered' } })
})

it('lists the newest first, by state, with exactly the documented keys', async () => {
  for (const key of ['a', 'b', 'c']) await enqueue(database.pool, notification(key))
  await outbox.record([await claimOne()], delivered)
  expect((await outbox.list({ limit: 2 })).map(({ key }) => key)).toEqual(['c', 'b'])
  expect((await outbox.list({ state: 'delivered' })).map(({ key }) => key)).toEqual(['a'])
  expect((await outbox.list({ limit: 1, state: 'queued' }))[0]).toEqual({
    key: 'c',
    channel: 'email',
    to: 'ops@example.org',
    subject: 'subject c',
    state: 'queued',
    attempts: 0,
    deliveries: 0,
    createdAt: expect.any(Number),
    nextAt: expect.any(Number),
    deliveredAt: null,
    error: null,
    recipients: {},
    bundle: null,
  })
})

it('renders a message when it is sent, where the table holds none', async () => {
  await enqueue(database.pool, notification('a'))
  const rendering = postgresOutbox({
    name: 'rendered',
    pool: database.pool,
    message: ({ key }) => ({ subject: `rendered ${String(key)}`, text: '', html: '' }),
  })
  const [claimed] = await rendering.claim(5, 60_000)
  expect(await claimed?.message()).toEqual({ subject: 'rendered a', text: '', html: '' })
})

it('the migration can be taken back and applied again', async () => {
  const sql = (name: string) => readFile(new URL(`${name}.sql`, import.meta.url), 'utf8')
  await database.pool.query(await sql('sluice_outbox.down'))
  await database.pool.query(await sql('sluice_outbox.up'))
  await enqueue(database.pool, notification('a'))
  expect(await outbox.list()).toHaveLength(1)
})
