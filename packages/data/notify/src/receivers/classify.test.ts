import { expect, test } from 'vitest'
import { refusalOf, unanswered } from './classify.ts'

const shown = { kind: 'slack', to: 'ops', host: 'hooks.slack.com' } as const

test.each([
  [200, 'ok', undefined],
  [202, '', undefined],
  [302, '', 'notify.misconfigured'],
  [400, 'invalid_payload', 'notify.refused'],
  [401, '', 'notify.misconfigured'],
  [403, 'action_prohibited', 'notify.misconfigured'],
  [404, 'no_service', 'notify.misconfigured'],
  [408, '', 'notify.unavailable'],
  [410, 'channel_is_archived', 'notify.misconfigured'],
  [413, '', 'notify.refused'],
  [422, '', 'notify.refused'],
  [429, 'rate_limited', 'notify.unavailable'],
  [500, 'rollup_error', 'notify.unavailable'],
  [503, '', 'notify.unavailable'],
])('%d %s', (status, text, code) => {
  expect(refusalOf(shown, { status, text, retryAfter: null }, 0)?.code).toBe(code)
})

test('a key that PagerDuty does not know is a setting, another fault of an event is the event', () => {
  const pagerduty = { ...shown, kind: 'pagerduty' } as const
  const invalid = '{"status":"invalid event","errors":["Invalid routing key"]}'
  expect(refusalOf(pagerduty, { status: 400, text: invalid, retryAfter: null }, 0)?.code).toBe('notify.misconfigured')
  expect(refusalOf(pagerduty, { status: 400, text: 'summary is missing', retryAfter: null }, 0)?.code).toBe('notify.refused')
})

test.each([
  ['30', 30_000],
  ['86400', 3_600_000],
  ['-5', undefined],
  [null, undefined],
])('after Retry-After %s a receiver is asked again in %s ms, an hour at most', (retryAfter, ms) => {
  expect(refusalOf(shown, { status: 429, text: '', retryAfter }, 10_000)?.facts.retryAfterMs).toBe(ms)
})

test('a call that never left is told from one that may have arrived, and from a certificate', () => {
  const failed = (code: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })
  expect(unanswered(shown, failed('ECONNREFUSED'))).toMatchObject({ code: 'notify.unavailable', facts: { systemCode: 'ECONNREFUSED' } })
  expect(unanswered(shown, failed('ECONNREFUSED')).facts).not.toHaveProperty('mayHaveArrived')
  expect(unanswered(shown, failed('ECONNRESET'))).toMatchObject({ code: 'notify.unavailable', facts: { mayHaveArrived: true } })
  expect(unanswered(shown, failed('CERT_HAS_EXPIRED'))).toMatchObject({ code: 'notify.misconfigured' })
})
