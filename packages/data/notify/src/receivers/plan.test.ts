import { receiverKinds } from '@sluice/author'
import { parseInstant } from '@sluice/core'
import { fc } from '@sluice/core/testing/properties'
import { readPayload } from '@sluice/simulator-slack'
import { describe, expect, it, test } from 'vitest'
import type { Brief, Message } from '../message.ts'
import { signed } from './bodies/webhook.ts'
import { callOf } from './plan.ts'
import type { Receiver } from './receiver.ts'
import { toldOf } from './told.ts'

const at = parseInstant('2026-12-01T14:00:00Z') ?? 0
const receiver: Receiver = { url: 'https://hooks.example.org/secret-path', key: 'the-key' }
const failed: Brief = {
  kind: 'problem',
  severity: 'critical',
  about: 'shop:orders',
  facts: [
    ['Task', 'load_orders (attempt 3)'],
    ['Error', 'warehouse.unavailable: <no> answer & more'],
    ['What to do next', 'Start it again.'],
  ],
  link: { label: 'Open the run', url: 'https://sluice.example.org/runs/7?a=1|2' },
}
const messageOf = (brief?: Brief): Message => ({
  subject: 'Pipeline orders failed',
  text: 'line 1\nline 2\n',
  html: '',
  ...(brief && { brief }),
})
const callFor = (kind: (typeof receiverKinds)[number], brief?: Brief, of: Receiver = receiver) => {
  const call = callOf(kind, of, toldOf({ key: 'run-7:1:failure:slack:ops', message: messageOf(brief) }), at)
  return { ...call, json: JSON.parse(call.body) }
}
const id = toldOf({ key: 'run-7:1:failure:slack:ops', message: messageOf() }).id

test('Slack shows the three facts and the link; nothing of a message is markup or a mention', () => {
  expect(callFor('slack', failed)).toMatchObject({
    url: receiver.url,
    json: {
      text: '🔴 Pipeline orders failed',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 Pipeline orders failed' } },
        {
          type: 'section',
          fields: [
            { type: 'mrkdwn', text: '*Task*\nload_orders (attempt 3)' },
            { type: 'mrkdwn', text: '*Error*\nwarehouse.unavailable: &lt;no&gt; answer &amp; more' },
            { type: 'mrkdwn', text: '*What to do next*\nStart it again.' },
          ],
        },
        { type: 'section', text: { type: 'mrkdwn', text: '<https://sluice.example.org/runs/7?a=1%7C2|Open the run>' } },
      ],
    },
  })
})

test('a message without facts is told by its text', () => {
  expect(callFor('slack').json.blocks[1]).toEqual({ type: 'section', text: { type: 'plain_text', text: 'line 1\nline 2', emoji: false } })
  expect(callFor('teams').json.attachments[0].content.body[1].inlines).toEqual([
    { type: 'TextRun', text: 'line 1\nline 2', fontType: 'Monospace' },
  ])
})

test('Teams gets an adaptive card as a workflow takes it', () => {
  const { json } = callFor('teams', failed)
  expect(json).toMatchObject({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: { type: 'AdaptiveCard', actions: [{ type: 'Action.OpenUrl', title: 'Open the run', url: failed.link?.url }] },
      },
    ],
  })
  expect(json.attachments[0].content.body).toHaveLength(4)
  expect(json.attachments[0].content.body[0].inlines[0]).toMatchObject({ text: '🔴 Pipeline orders failed', color: 'Attention' })
})

describe('a webhook', () => {
  it('gets type, time and data, with an id that is the same at every repeat', () => {
    const { json, headers } = callFor('webhook', failed)
    expect(json).toEqual({
      type: 'sluice.problem',
      timestamp: '2026-12-01T14:00:00.000Z',
      data: {
        id,
        subject: 'Pipeline orders failed',
        text: 'line 1\nline 2\n',
        severity: 'critical',
        about: 'shop:orders',
        facts: failed.facts.map(([label, value]) => ({ label, value })),
        link: failed.link,
      },
    })
    expect(headers).toMatchObject({ 'webhook-id': id, 'webhook-timestamp': String(at / 1_000) })
  })

  it('is signed as Standard Webhooks signs: its own example', () => {
    const headers = signed(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330_000,
      '{"test": 2432232314}',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    )
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
})

describe('what keeps incidents', () => {
  const recovered: Brief = { kind: 'recovery', about: 'shop:orders', facts: [] }

  it('opens one at PagerDuty, and ends the same', () => {
    const events = 'https://events.pagerduty.com/v2/enqueue'
    const opened = callFor('pagerduty', failed, { ...receiver, url: null })
    expect(opened).toMatchObject({
      url: events,
      json: {
        routing_key: 'the-key',
        event_action: 'trigger',
        dedup_key: 'shop:orders',
        payload: { summary: 'Pipeline orders failed', severity: 'critical', source: 'shop:orders' },
        links: [{ href: failed.link?.url, text: 'Open the run' }],
      },
    })
    expect(callFor('pagerduty', recovered, { ...receiver, url: null }).json).toEqual({
      routing_key: 'the-key',
      event_action: 'resolve',
      dedup_key: 'shop:orders',
    })
    expect(callFor('pagerduty').json.dedup_key).toBe(id)
  })

  it('opens one at Opsgenie, and closes the same', () => {
    const opened = callFor('opsgenie', failed, { ...receiver, url: 'https://api.eu.opsgenie.com/' })
    expect(opened).toMatchObject({
      url: 'https://api.eu.opsgenie.com/v2/alerts',
      headers: { authorization: 'GenieKey the-key' },
      json: { message: 'Pipeline orders failed', alias: 'shop:orders', priority: 'P1', details: { Task: 'load_orders (attempt 3)' } },
    })
    expect(callFor('opsgenie', recovered, { ...receiver, url: null })).toMatchObject({
      url: 'https://api.opsgenie.com/v2/alerts/shop%3Aorders/close?identifierType=alias',
      json: { source: 'Sluice' },
    })
  })

  it('tells a subject that is longer than its key by a hash of it', () => {
    const { json } = callFor('pagerduty', { ...failed, about: 'x'.repeat(256) })
    expect(json.dedup_key).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a template', () => {
  const template = { text: '{subject} [{severity}] <{link}>', rows: ['{facts}', 7, { deep: '{about}{other}' }] }

  it('replaces the body; what a message says stays text of it', () => {
    const odd: Brief = { ...failed, facts: [['a', '"}, {"injected": true']] }
    expect(callFor('slack', odd, { ...receiver, template }).json).toEqual({
      text: 'Pipeline orders failed [critical] <https://sluice.example.org/runs/7?a=1|2>',
      rows: ['a: "}, {"injected": true', 7, { deep: 'shop:orders{other}' }],
    })
  })

  it('leaves PagerDuty the key and the incident, and is not used where an incident ends', () => {
    const payload = { payload: { summary: '{subject}', source: 'us', severity: 'error' } }
    expect(callFor('pagerduty', failed, { ...receiver, template: payload }).json).toEqual({
      routing_key: 'the-key',
      event_action: 'trigger',
      dedup_key: 'shop:orders',
      payload: { summary: 'Pipeline orders failed', source: 'us', severity: 'error' },
    })
    expect(callFor('pagerduty', { ...failed, kind: 'recovery' }, { ...receiver, template: payload }).json).not.toHaveProperty('payload')
  })
})

test('whatever a message says, each body is within what its service takes', () => {
  const text = fc.tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(800)).map(([piece, times]) => piece.repeat(times))
  const brief = fc.record({
    kind: fc.constantFrom('problem', 'recovery', 'news'),
    facts: fc.array(fc.tuple(text, text), { maxLength: 3 }),
    about: text,
    link: fc.record({ label: text, url: fc.webUrl() }),
  })
  fc.assert(
    fc.property(fc.record({ subject: text, text, brief }), (said) => {
      const told = toldOf({ key: 'k', message: { ...said, html: '', brief: said.brief as Brief } })
      const bodies = Object.fromEntries(receiverKinds.map((kind) => [kind, callOf(kind, receiver, told, at).body]))
      expect(readPayload(Buffer.from(bodies.slack ?? ''))).not.toHaveProperty('refused')
      expect(Buffer.byteLength(bodies.teams ?? '')).toBeLessThan(28_000)
      const { payload, dedup_key: dedupKey } = JSON.parse(bodies.pagerduty ?? '')
      expect(dedupKey.length).toBeLessThanOrEqual(255)
      expect(payload?.summary.length ?? 0).toBeLessThanOrEqual(1_024)
      const { message, description } = JSON.parse(bodies.opsgenie ?? '')
      expect(message?.length ?? 0).toBeLessThanOrEqual(130)
      expect(description?.length ?? 0).toBeLessThanOrEqual(15_000)
    }),
    { numRuns: 30 },
  )
})
