import { toErrorRecord } from '@sluice/core'
import { type SmtpOptions, type SmtpSimulator, start } from '@sluice/simulator-smtp'
import { expect, it } from 'vitest'
import { emailTransport } from '../email/email-transport.ts'
import { notifyErrors } from '../errors.ts'
import { enqueue } from '../outbox/enqueue.ts'
import type { PostgresOutbox } from '../outbox/postgres-outbox.ts'
import { notification, type OutboxDatabase, usingOutbox } from '../outbox/testing/outbox-database.ts'
import { type RelayOptions, relayOnce } from './relay.ts'

let database: OutboxDatabase
let outbox: PostgresOutbox

usingOutbox((made, of) => {
  database = made
  outbox = of
})

const auth = { user: 'me', password: 'right' }
const optionsFor = (smtp: SmtpSimulator, login?: { readonly user: string; readonly password: string }): RelayOptions => ({
  outboxes: [outbox],
  transports: {
    email: emailTransport({ host: smtp.host, port: smtp.port, security: 'none', from: 'alerts@example.org', timeoutMs: 5_000, ...login }),
  },
  random: () => 0.5,
})
const to = (addresses: string) => ({ channel: { channel: 'email', to: addresses } as const })
const tos = (smtp: SmtpSimulator) => smtp.mails().map((mail) => mail.to)

it.each<readonly [string, SmtpOptions]>([
  ['is greylisted', { tls: 'none', faults: [{ kind: 'greylist', to: 'c@example.org', times: 1 }] }],
  ['is one too many for a message', { tls: 'none', mostRecipients: 2 }],
])('a reader who %s gets the mail at a later try, alone; the others got it once', async (_, server) => {
  await using smtp = await start(server)
  await enqueue(database.pool, notification('x', to('a@example.org, b@example.org, c@example.org')))
  expect(await relayOnce(optionsFor(smtp))).toMatchObject({ delivered: 0, retry: 1 })
  expect(await outbox.list()).toMatchObject([
    {
      state: 'queued',
      error: expect.stringContaining('deferred for c@example.org'),
      recipients: { 'a@example.org': { state: 'delivered' } },
    },
  ])
  await database.passTime()
  expect(await relayOnce(optionsFor(smtp))).toMatchObject({ delivered: 1 })
  expect(tos(smtp)).toEqual([['a@example.org', 'b@example.org'], ['c@example.org']])
  expect(await outbox.list()).toMatchObject([{ state: 'delivered', error: null, attempts: 2 }])
})

it('a reader who is refused for good leaves the message partly delivered; sent again, it goes to that reader alone', async () => {
  await using smtp = await start({ tls: 'none', faults: [{ kind: 'reject_recipient', to: 'b@example.org' }] })
  await enqueue(database.pool, notification('x', to('a@example.org, b@example.org')))
  await relayOnce(optionsFor(smtp))
  expect(await outbox.list()).toMatchObject([
    { state: 'partly_delivered', error: expect.stringMatching(/refused for b@example\.org: .*550/) },
  ])
  smtp.setFaults([])
  expect(await outbox.retry()).toBe(1)
  await relayOnce(optionsFor(smtp))
  expect(tos(smtp)).toEqual([['a@example.org'], ['b@example.org']])
  expect(await outbox.list()).toMatchObject([{ state: 'delivered', error: null }])
})

it('one refused and one greylisted: the first try is not the last', async () => {
  await using smtp = await start({
    tls: 'none',
    faults: [
      { kind: 'reject_recipient', to: 'a@example.org' },
      { kind: 'greylist', times: 1 },
    ],
  })
  await enqueue(database.pool, notification('x', to('a@example.org, b@example.org')))
  expect(await relayOnce(optionsFor(smtp))).toMatchObject({ retry: 1, failed: 0 })
  await database.passTime()
  await relayOnce(optionsFor(smtp))
  expect(tos(smtp)).toEqual([['b@example.org']])
  expect(await outbox.list()).toMatchObject([{ state: 'partly_delivered', deliveries: 1 }])
})

it('a wrong password keeps every message queued, says so on each, and tries one login instead of many; once it is right all leave', async () => {
  await using smtp = await start({ tls: 'none', auth })
  for (let index = 0; index < 40; index++) await enqueue(database.pool, notification(`m${index}`, to(`r${index}@example.org`)))
  const wrong = optionsFor(smtp, { ...auth, password: 'old' })
  expect(await relayOnce({ ...wrong, concurrency: 1 })).toEqual({ delivered: 0, retry: 0, held: 1, failed: 0 })
  const held = await outbox.list({ limit: 100, state: 'queued' })
  expect(held).toHaveLength(40)
  expect(held.filter(({ error }) => error?.startsWith('notify.misconfigured: ') === true)).toHaveLength(40)
  expect(smtp.commands().filter((line) => line.startsWith('AUTH'))).toHaveLength(1)
  expect(await relayOnce(wrong)).toEqual({ delivered: 0, retry: 0, held: 0, failed: 0 })

  // A new message finds the settings corrected: it brings the others along.
  await enqueue(database.pool, notification('new', to('new@example.org')))
  expect(await relayOnce(optionsFor(smtp, auth))).toMatchObject({ delivered: 41, failed: 0 })
})

it('of many that wait for a correction one tries again, with however many senders', async () => {
  await using smtp = await start({ tls: 'none', auth })
  for (let index = 0; index < 20; index++) await enqueue(database.pool, notification(`m${index}`, to(`r${index}@example.org`)))
  const wrong = optionsFor(smtp, { ...auth, password: 'old' })
  await relayOnce(wrong)
  for (let turn = 0; turn < 3; turn++) {
    const [first] = await database.pool.query<{ in: number }>(
      'select extract(epoch from min(next_at) - now())::float8 + 5 as in from public.sluice_outbox',
    )
    await database.pool.query("update public.sluice_outbox set next_at = next_at - $1 * interval '1 second'", [first?.in])
    expect(await relayOnce(wrong), `turn ${turn}`).toEqual({ delivered: 0, retry: 0, held: 1, failed: 0 })
  }
  expect(await outbox.retry()).toBe(20)
  expect(await relayOnce(optionsFor(smtp, auth))).toMatchObject({ delivered: 20 })
})

it('of senders that are refused at once the others are put off, and one message tries again first', async () => {
  for (let index = 0; index < 8; index++) await enqueue(database.pool, notification(`m${index}`, to(`r${index}@example.org`)))
  const error = toErrorRecord(notifyErrors.misconfigured('the password is wrong'))
  for (let turn = 0; turn < 20; turn++) {
    await database.passTime()
    const claims = await Promise.all(Array.from({ length: 4 }, () => outbox.claim(1, 120_000)))
    await Promise.all(claims.map((claimed) => outbox.record(claimed, { kind: 'held', inMs: 60_000, error })))
    const [count] = await database.pool.query<{ first: number }>(
      "select count(*)::int as first from public.sluice_outbox where next_at < (select min(next_at) + interval '30 s' from public.sluice_outbox)",
    )
    expect(count?.first, `turn ${turn}`).toBe(1)
  }
})

it('what waits for a correction of the settings leaves at once where somebody says so', async () => {
  await using smtp = await start({ tls: 'none', auth, faults: [{ kind: 'reject_login', times: 1 }] })
  await enqueue(database.pool, notification('x'))
  await relayOnce(optionsFor(smtp, auth))
  expect(await relayOnce(optionsFor(smtp, auth))).toMatchObject({ delivered: 0 })
  expect(await outbox.retry(['x'])).toBe(1)
  expect(await relayOnce(optionsFor(smtp, auth))).toMatchObject({ delivered: 1 })
})

it('a thousand messages at once become a few mails that count, and no message is left behind', async () => {
  await using smtp = await start({ tls: 'none' })
  for (let index = 0; index < 1_000; index++) {
    await enqueue(
      database.pool,
      notification(`storm ${index}`, { topic: 'sales:failure', message: { subject: `run ${index % 3}`, text: 'why', html: '' } }),
    )
  }
  await relayOnce(optionsFor(smtp))
  expect(smtp.mails().length).toBeLessThanOrEqual(3)
  // Several senders hand them over, in any order.
  for (const { subject, text } of smtp.mails()) {
    expect(subject).toMatch(/^[\d,]+ messages: run \d$/)
    expect(text).toContain('why')
  }
  expect(smtp.mails().reduce((sum, { subject }) => sum + Number(subject.split(' ')[0]?.replace(',', '')), 0)).toBe(1_000)
  expect(await outbox.list({ limit: 2_000, state: 'delivered' })).toHaveLength(1_000)
})

it('a storm that trickles waits for the end of the window after a few mails, and the next reader is not kept waiting', async () => {
  await using smtp = await start({ tls: 'none' })
  for (let index = 0; index < 30; index++) {
    await enqueue(database.pool, notification(`drip ${index}`, { topic: 'sales:failure' }))
    await relayOnce(optionsFor(smtp))
  }
  expect(smtp.mails()).toHaveLength(3)
  expect(await outbox.list({ state: 'queued' })).toHaveLength(27)
  await enqueue(database.pool, notification('else', { topic: 'stock:failure' }))
  await relayOnce(optionsFor(smtp))
  expect(smtp.mails().at(-1)?.subject).toBe('subject else')
  await database.pool.query(
    "update public.sluice_outbox set next_at = next_at - interval '5 minutes', delivered_at = delivered_at - interval '5 minutes'",
  )
  // Of two senders that claim at once each may get a part of what is due, and a mail of its own.
  await relayOnce({ ...optionsFor(smtp), concurrency: 1 })
  expect(smtp.mails().at(-1)?.subject).toBe('27 messages: subject drip 3')
  expect(await outbox.list({ state: 'queued' })).toEqual([])
})

it('messages that left together leave together again where the answer was lost, under the same Message-ID', async () => {
  await using smtp = await start({ tls: 'none', faults: [{ kind: 'drop_after_data', times: 1 }] })
  for (let index = 0; index < 5; index++) await enqueue(database.pool, notification(`m${index}`, { topic: 't' }))
  await relayOnce({ ...optionsFor(smtp), concurrency: 1 })
  await enqueue(database.pool, notification('later', { topic: 't' }))
  await database.passTime()
  await relayOnce({ ...optionsFor(smtp), concurrency: 1 })
  const bundles = smtp.mails().filter(({ subject }) => subject.startsWith('5 messages'))
  expect(bundles).toHaveLength(2)
  expect(bundles[0]?.headers['message-id']).toBe(bundles[1]?.headers['message-id'])
  expect(await outbox.list({ state: 'queued' })).toEqual([])
})
