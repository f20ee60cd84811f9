import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { runInSteps, stepFailure, type TestEngine, testEngine } from '@sluice/engine/testing'
import type { PostgresOutbox } from '@sluice/notify'
import { start as startSlack } from '@sluice/simulator-slack'
import { start } from '@sluice/simulator-smtp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startDelivery } from './delivery.ts'
import { type Outboxes, openOutboxes } from './outboxes.ts'

let t: TestEngine
let outboxes: Outboxes
beforeEach(async () => {
  t = await testEngine()
  outboxes = await openOutboxes({ databaseUrl: t.databaseUrl, stateDir: '/state', warehouses: {} })
})
afterEach(async () => {
  await outboxes.close()
  await t[Symbol.asyncDispose]()
})

const to = { channel: 'email', to: 'ops@example.org' } as const

const begin = () =>
  runInSteps(t, {
    notify: { failure: [to], success: [to] },
    timeZone: 'Europe/Paris',
    logicalTime: Date.UTC(2026, 10, 20, 23, 30),
  })

async function claimed(outbox: PostgresOutbox | undefined) {
  const [first, ...others] = (await outbox?.claim(5, 60_000)) ?? []
  if (first === undefined || others.length > 0) throw new Error(`claimed ${others.length + 1} messages instead of one`)
  return { first, message: await first.message() }
}

test('the mail of a failed run names pipeline, task, error, what to do and where the log is (X-4)', async () => {
  const { run, step } = await begin()
  await step('failed')
  const { message } = await claimed(outboxes.all[0])
  expect(message.subject).toBe('Pipeline sales failed at extract - 2026-11-21')
  for (const body of [message.text, message.html]) {
    expect(body).toContain('source.unauthorized: the key is not known')
    expect(body).toContain('Correct COINCAP_API_KEY.')
    expect(body).toContain(`/state/logs/p/sales/${run}/extract/1.log`)
    expect(body).toContain(`npx sluice tasks logs sales extract --run ${run} --attempt 1`)
  }
})

test('a failure is told in the language of its project', async () => {
  const { run, step } = await begin()
  await step('failed')
  const french = await openOutboxes({ databaseUrl: t.databaseUrl, stateDir: '/state', warehouses: {}, languages: { p: 'fr' } })
  try {
    const { message } = await claimed(french.all[0])
    expect(message.subject).toBe('Pipeline sales en échec à extract - 2026-11-21')
    expect((await french.list())[0]?.subject).toBe(message.subject)
    expect(message.text).toContain('samedi 21 novembre 2026 à 00:30 (Europe/Paris)')
    expect(message.text).toContain(`npx sluice tasks clear sales extract --run ${run}`)
    expect(message.html).toContain('<html lang="fr">')
  } finally {
    await french.close()
  }
})

test('a mail sent late tells the run as it was when it failed, and the second failure is another mail', async () => {
  const { run, step } = await begin()
  await step('failed')
  await t.engine.clear({ run, task: 'extract' })
  await step('success')
  const { first, message } = await claimed(outboxes.all[0])
  expect(message.text).toMatch(/Task +extract \(attempt 1\)/)
  expect((await outboxes.list())[0]).toMatchObject({ key: first.key, subject: message.subject })
  await outboxes.all[0]?.record([first], { kind: 'delivered', recipients: {}, note: null })
  await step('failed')
  const second = await claimed(outboxes.all[0])
  expect(second.message.subject).toContain('failed at load')
  expect(second.message.text).not.toContain('Also failed')
  expect((await outboxes.list()).map(({ key, state }) => [key.split(':')[1], state])).toEqual([
    ['2', 'queued'],
    ['1', 'delivered'],
  ])
})

test('a success is told with no word of failure, and the list has its subject', async () => {
  const { step } = await begin()
  await step('success')
  await step('success')
  const { message } = await claimed(outboxes.all[0])
  expect(message.subject).toBe('Pipeline sales succeeded - 2026-11-21')
  expect(await outboxes.list({ project: 'p' })).toMatchObject([
    { about: 'runs', project: 'p', subject: 'Pipeline sales succeeded - 2026-11-21', to: to.to },
  ])
  expect(await outboxes.list({ project: 'other' })).toEqual([])
})

test('a message is read by its key, also one that has been sent, with the subject that its mail has', async () => {
  const { run, step } = await begin()
  await step('failed')
  const { first, message } = await claimed(outboxes.all[0])
  const queued = await outboxes.find(first.key)
  expect(queued).toMatchObject({ key: first.key, about: 'runs', project: 'p', subject: message.subject, message, to: to.to })
  await outboxes.all[0]?.record([first], { kind: 'delivered', recipients: { [to.to]: { state: 'delivered' } }, note: null })
  await t.engine.clear({ run, task: 'extract' })
  expect(await outboxes.find(first.key, 'p')).toMatchObject({
    state: 'delivered',
    message,
    recipients: { [to.to]: { state: 'delivered' } },
  })
  expect([await outboxes.find('no such key'), await outboxes.find(first.key, 'other')]).toEqual([undefined, undefined])
})

test('a message that failed for good is queued again by hand', async () => {
  const { step } = await begin()
  await step('failed')
  const { first } = await claimed(outboxes.all[0])
  await outboxes.all[0]?.record([first], { kind: 'failed', error: stepFailure, recipients: {} })
  expect(await outboxes.list({ state: 'failed' })).toMatchObject([{ error: expect.stringContaining('the key is not known') }])
  expect([await outboxes.retry(['no such key']), await outboxes.retry([first.key]), await outboxes.retry()]).toEqual([0, 1, 0])
  expect(await outboxes.waiting()).toBe(1)
})

test('delivery is woken by the end of a run, and ends after a last pass', async () => {
  await using smtp = await start({ tls: 'none' })
  const mail = { host: smtp.host, port: smtp.port, security: 'none', from: 'sluice@example.org' } as const
  const notes: string[] = []
  const options = {
    databaseUrl: t.databaseUrl,
    stateDir: '/state',
    warehouses: {},
    mail,
    noMailHint: String,
    note: (text: string) => notes.push(text),
    // So that only a wake can bring the mail.
    pollMs: 86_400_000,
  }
  const delivery = await startDelivery(options)
  await delivery.flush()
  const { step } = await begin()
  await step('failed')
  await t.pool.query("select pg_notify('sluice_run', '')")
  await smtp.received(1)
  await t.engine.clear({ run: (await t.engine.runs()).items[0]?.id ?? '', task: 'extract' })
  await step('failed')
  await delivery.stop()
  expect(smtp.mails().map(({ to }) => to)).toEqual([['ops@example.org'], ['ops@example.org']])
  expect(notes).toEqual([])
})

test('a mail whose relay was killed between claim and delivery is sent later, once', async () => {
  const { step } = await begin()
  await step('failed')
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const connected = once(silent, 'connection')
  const { port } = silent.address() as AddressInfo
  const killed = fork(fileURLToPath(new URL('./testing/delivery-process.ts', import.meta.url)), [String(port)], {
    env: { ...process.env, DATABASE_URL: t.databaseUrl },
  })
  const [socket] = (await connected) as [Socket]
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  socket.destroy()
  silent.close()

  await using smtp = await start({ tls: 'none' })
  const mail = { host: smtp.host, port: smtp.port, security: 'none', from: 'sluice@example.org' } as const
  const deliver = async (): Promise<number> => {
    const options = { databaseUrl: t.databaseUrl, stateDir: '/state', warehouses: {}, mail, noMailHint: String, note: () => undefined }
    await (await startDelivery(options)).stop()
    return smtp.mails().length
  }
  expect(await deliver(), 'under the lease of the dead').toBe(0)
  await t.pool.query('update sluice.outbox set lease_until = now()')
  expect([await deliver(), await deliver()]).toEqual([1, 1])
  expect(await outboxes.list()).toMatchObject([{ state: 'delivered', attempts: 2, deliveries: 2 }])
})

test('a failure goes to Slack with what matters; mails wait where no mail server is set, and one note says so', async () => {
  await using slack = await startSlack()
  const { step } = await runInSteps(t, { notify: { failure: [to, { channel: 'slack', to: 'ops' }] }, logicalTime: Date.UTC(2026, 10, 20) })
  await step('failed')
  const notes: string[] = []
  const none = { slack: {}, teams: {}, webhook: {}, pagerduty: {}, opsgenie: {} }
  const receivers = { ...none, slack: { ops: { url: slack.url, key: null } } }
  const options = { databaseUrl: t.databaseUrl, stateDir: '/state', warehouses: {}, mail: null, receivers, noMailHint: String }
  await (await startDelivery({ ...options, note: (text) => notes.push(text) })).stop()
  const [message, ...others] = slack.messages()
  expect(others).toEqual([])
  expect(message?.text).toBe('🔴 Pipeline sales failed at extract - 2026-11-20')
  expect(JSON.stringify(message?.blocks)).toContain('source.unauthorized: the key is not known')
  expect((await outboxes.list()).map(({ channel, state }) => [channel, state])).toEqual([
    ['slack', 'delivered'],
    ['email', 'queued'],
  ])
  expect(notes).toEqual([expect.stringContaining('waits for a correction of the settings: no mail server is set')])
})

test('without a mail server messages stay queued, and one note says so', async () => {
  const { step } = await begin()
  await step('failed')
  const notes: string[] = []
  const delivery = await startDelivery({
    databaseUrl: t.databaseUrl,
    stateDir: '/state',
    warehouses: {},
    mail: null,
    noMailHint: (waiting) => `${waiting} wait`,
    note: (text) => notes.push(text),
  })
  await delivery.stop()
  expect([notes, await outboxes.waiting()]).toEqual([['1 wait'], 1])
})
