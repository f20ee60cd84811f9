import { SluiceError } from '@sluice/core'
import { start } from '@sluice/simulator-slack'
import { expect, test } from 'vitest'
import type { Sending, Transports } from '../message.ts'
import { type ReceiverOptions, receiverTransports } from './receiver-transports.ts'
import { bookOf } from './testing/book.ts'
import { recorder } from './testing/recorder.ts'

const sending = (to = 'ops', key = 'k'): Sending => ({ key, to, message: { subject: 'Pipeline orders failed', text: 'text', html: '' } })

/** A clock that only waiting moves. */
const clocked = () => {
  let now = 1_000_000
  const waits: number[] = []
  const options: ReceiverOptions = {
    now: () => now,
    wait: async (ms) => {
      waits.push(ms)
      now += ms
    },
  }
  const pass = (ms: number): void => {
    now += ms
  }
  return { options, waits, now: () => now, pass }
}

const refusal = async (transports: Transports, kind: keyof Transports, to?: string): Promise<SluiceError> => {
  const error: unknown = await transports[kind]?.send(sending(to)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof SluiceError) return error
  throw new Error(`it was taken, or failed otherwise: ${String(error)}`)
}

test('Slack shows messages in order, one a second, none refused', async () => {
  const clock = clocked()
  await using slack = await start({ now: clock.now })
  const transports = receiverTransports(bookOf({ slack: { ops: { url: slack.url } } }), clock.options)
  for (const key of ['a', 'b', 'c']) expect(await transports.slack?.send(sending('ops', key))).toEqual({ ops: { state: 'delivered' } })
  expect(clock.waits).toEqual([1_000, 1_000])
  expect([slack.messages().length, slack.limited()]).toEqual([3, 0])
})

test('a receiver that asks for a pause gets one: nothing is posted before it is over', async () => {
  const clock = clocked()
  await using slack = await start({ now: clock.now, faults: [{ kind: 'rate_limited', retryAfter: 30, times: 1 }] })
  const transports = receiverTransports(bookOf({ slack: { ops: { url: slack.url }, other: { url: slack.url } } }), clock.options)
  expect(await refusal(transports, 'slack')).toMatchObject({ code: 'notify.unavailable', facts: { status: 429, retryAfterMs: 30_000 } })
  clock.pass(10_000)
  expect(await refusal(transports, 'slack')).toMatchObject({ code: 'notify.unavailable', facts: { retryAfterMs: 20_000 } })
  expect(slack.requests()).toHaveLength(1)
  expect(await transports.slack?.send(sending('other'))).toBeDefined()
  clock.pass(20_000)
  expect(await transports.slack?.send(sending())).toBeDefined()
})

test.each([
  ['archived', 'notify.misconfigured', '410: channel_is_archived'],
  ['app_removed', 'notify.misconfigured', '404: no_service'],
  ['prohibited', 'notify.misconfigured', '403: action_prohibited'],
] as const)('Slack with a channel that is %s', async (state, code, said) => {
  await using slack = await start()
  slack.setChannel(state)
  const error = await refusal(receiverTransports(bookOf({ slack: { ops: { url: slack.url } } })), 'slack')
  expect(error).toMatchObject({ code, message: expect.stringContaining(said) })
})

test('the address of a webhook and a key are told nowhere, whatever the receiver answers', async () => {
  await using service = await recorder()
  const url = `${service.url}/hooks/T0123456789/a-secret-token?sig=another-secret`
  const key = 'whsec_c2VjcmV0LXNpZ25pbmcta2V5'
  const transports = receiverTransports(bookOf({ webhook: { ops: { url, key } }, opsgenie: { ops: { url: service.url, key } } }))
  for (const status of [400, 404, 500, 302]) {
    service.answer(status, { location: url }, `no such hook ${url}: /hooks/T0123456789/a-secret-token, key ${key}`)
    for (const kind of ['webhook', 'opsgenie'] as const) {
      const { message, facts, next } = await refusal(transports, kind)
      const told = JSON.stringify({ message, facts, next })
      for (const secret of ['a-secret-token', 'another-secret', key])
        if (kind === 'webhook' || secret === key) expect(told).not.toContain(secret)
      expect(told).toContain(new URL(url).host)
    }
  }
})

test('a redirect is not followed: the message goes to no other host', async () => {
  await using here = await recorder()
  await using there = await recorder()
  here.answer(307, { location: there.url })
  const error = await refusal(receiverTransports(bookOf({ webhook: { ops: { url: here.url, key: 'k' } } })), 'webhook')
  expect(error).toMatchObject({ code: 'notify.misconfigured', facts: { status: 307 } })
  expect(there.calls).toEqual([])
})

test('a call whose answer is lost may have arrived; its repeat has the same id', async () => {
  await using service = await recorder()
  const transports = receiverTransports(bookOf({ webhook: { ops: { url: service.url, key: 'k' } } }))
  service.answer('drop')
  expect(await refusal(transports, 'webhook')).toMatchObject({ code: 'notify.unavailable', facts: { mayHaveArrived: true } })
  service.answer(200)
  await transports.webhook?.send(sending())
  expect(new Set(service.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})

test('nothing listens: it has surely not arrived', async () => {
  const service = await recorder()
  await service[Symbol.asyncDispose]()
  const { code, facts } = await refusal(receiverTransports(bookOf({ teams: { ops: { url: service.url } } })), 'teams')
  expect([code, facts]).toEqual(['notify.unavailable', expect.not.objectContaining({ mayHaveArrived: true })])
})

test('a receiver that is not declared or not set keeps its messages waiting', async () => {
  const transports = receiverTransports(bookOf({ slack: { ops: { waitsFor: 'OPS_SLACK_URL is not set' } } }))
  expect(await refusal(transports, 'slack')).toMatchObject({
    code: 'notify.misconfigured',
    message: 'slack receiver "ops": OPS_SLACK_URL is not set',
  })
  expect(await refusal(transports, 'teams')).toMatchObject({
    code: 'notify.misconfigured',
    message: 'this platform has no teams receiver "ops"',
  })
})
