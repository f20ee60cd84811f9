import type { Channel } from '@sluice/author'
import { type SlackSimulator, start } from '@sluice/simulator-slack'
import { expect, test } from 'vitest'
import type { Brief } from '../message.ts'
import { enqueue } from '../outbox/enqueue.ts'
import type { PostgresOutbox } from '../outbox/postgres-outbox.ts'
import { notification, type OutboxDatabase, usingOutbox } from '../outbox/testing/outbox-database.ts'
import type { ReceiverBook } from '../receivers/receiver.ts'
import { receiverTransports } from '../receivers/receiver-transports.ts'
import { bookOf } from '../receivers/testing/book.ts'
import { recorder } from '../receivers/testing/recorder.ts'
import type { RelayEvent } from './deliver.ts'
import { type RelayOptions, relayOnce } from './relay.ts'

let database: OutboxDatabase
let outbox: PostgresOutbox

usingOutbox((made, of) => {
  database = made
  outbox = of
})

/** A relay whose clock moves when it waits. */
const relaying = (book: ReceiverBook, more: Partial<RelayOptions> = {}): RelayOptions => {
  let now = Date.now()
  const wait = async (ms: number): Promise<void> => {
    now += ms
  }
  return { outboxes: [outbox], transports: receiverTransports(book, { now: () => now, wait }), random: () => 0, ...more }
}
/** Slack's limit is another test's: here as many pass as come. */
const unlimited = (): Promise<SlackSimulator> => start({ burst: 1_000_000 })
const slackOps: Channel = { channel: 'slack', to: 'ops' }
const passMs = (ms: number): Promise<unknown> =>
  database.pool.query(
    "update public.sluice_outbox set next_at = next_at - $1::float8 * interval '1 millisecond' where delivered_at is null",
    [ms],
  )

test('a receiver that is down for a day gets the message once when it is back', async () => {
  await using slack = await unlimited()
  slack.setFaults([{ kind: 'server_error', status: 503 }])
  const events: RelayEvent[] = []
  await enqueue(database.pool, notification('a', { channel: slackOps }))
  let down = 0
  while (down < 86_400_000) {
    // A process a try: what a relay remembers of a receiver ends with it.
    await relayOnce(relaying(bookOf({ slack: { ops: { url: slack.url } } }), { onEvent: (event) => events.push(event) }))
    const inMs = events.at(-1)?.inMs ?? Number.NaN
    await passMs(inMs)
    down += inMs
  }
  expect(events.every(({ type }) => type === 'retry')).toBe(true)
  slack.setFaults([])
  expect(await relayOnce(relaying(bookOf({ slack: { ops: { url: slack.url } } })))).toMatchObject({ delivered: 1 })
  expect(slack.messages()).toHaveLength(1)
  expect(await outbox.list()).toMatchObject([{ state: 'delivered', deliveries: 1 }])
})

test('1,000 failures at once are a handful of messages that count all of them', async () => {
  await using slack = await unlimited()
  await database.pool.query(
    `insert into public.sluice_outbox (key, channel, topic, subject, text, html, facts)
     select 'm' || n, '{"channel": "slack", "to": "ops"}', 'pipeline ' || n % 40, 'Pipeline ' || n % 40 || ' failed', '', '', '{}'
     from generate_series(1, 1000) n`,
  )
  const book = bookOf({ slack: { ops: { url: slack.url } } })
  await relayOnce(relaying(book))
  await database.passTime()
  await relayOnce(relaying(book))
  const rows = await outbox.list({ limit: 1_000 })
  expect(rows.filter(({ state }) => state === 'delivered')).toHaveLength(1_000)
  expect(slack.messages().length).toBeLessThanOrEqual(5)
  const told = slack.messages().map(({ text = '' }) => /([\d,]+) messages/.exec(text)?.[1]?.replace(',', '') ?? '1')
  expect(told.map(Number).reduce((sum, count) => sum + count, 0)).toBe(1_000)
})

test('a channel that is archived keeps its own messages waiting, and no others; when it is back all arrive', async () => {
  await using broken = await unlimited()
  await using well = await unlimited()
  const book = bookOf({ slack: { ops: { url: broken.url }, team: { url: well.url } } })
  broken.setChannel('archived')
  const to = async (name: string, key: string): Promise<void> =>
    void (await enqueue(database.pool, notification(key, { channel: { channel: 'slack', to: name } })))
  await to('ops', 'a')
  await to('ops', 'b')
  await to('team', 'c')
  await relayOnce(relaying(book, { concurrency: 1 }))
  expect([broken.messages().length, well.messages().length]).toEqual([0, 1])
  // One that arrives at another receiver says nothing of this one.
  await to('team', 'd')
  await relayOnce(relaying(book, { concurrency: 1 }))
  expect(broken.requests()).toHaveLength(1)
  broken.setChannel('open')
  expect(await outbox.retry()).toBe(2)
  await relayOnce(relaying(book, { concurrency: 1 }))
  expect([broken.messages().length, well.messages().length]).toEqual([2, 2])
})

const incident = (kind: Brief['kind']): Brief => ({ kind, about: 'shop:orders', facts: [] })

test('what ends an incident never overtakes what opens it', async () => {
  await using service = await recorder()
  const book = bookOf({ pagerduty: { ops: { url: service.url, key: 'routing-key' } } })
  const told = async (key: string, kind: Brief['kind']): Promise<void> => {
    const message = { subject: `${key} ${kind}`, text: '', html: '', brief: incident(kind) }
    await enqueue(database.pool, notification(key, { channel: { channel: 'pagerduty', to: 'ops' }, message }))
  }
  service.answer(503)
  await told('run 1', 'problem')
  expect(await relayOnce(relaying(book))).toMatchObject({ retry: 1 })
  await told('run 2', 'recovery')
  service.answer(202)
  expect(await relayOnce(relaying(book))).toEqual({ delivered: 0, retry: 0, held: 0, failed: 0 })
  await database.passTime()
  expect(await relayOnce(relaying(book))).toMatchObject({ delivered: 2 })
  expect(service.calls.slice(1).map(({ body }) => [body.event_action, body.dedup_key])).toEqual([
    ['trigger', 'shop:orders'],
    ['resolve', 'shop:orders'],
  ])
})

test('a program gets each message of a storm', async () => {
  await using service = await recorder()
  const channel: Channel = { channel: 'webhook', to: 'ops' }
  for (let at = 0; at < 8; at++) await enqueue(database.pool, notification(`m${at}`, { channel, topic: 'one' }))
  await relayOnce(relaying(bookOf({ webhook: { ops: { url: service.url, key: 'k' } } })))
  expect(new Set(service.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(8)
})
