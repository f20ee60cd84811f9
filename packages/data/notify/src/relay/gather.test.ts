import { fc } from '@sluice/core/testing/properties'
import { expect, it, test } from 'vitest'
import type { Due } from '../outbox/outbox.ts'
import { type Gathering, nextMail } from './gather.ts'

const limits: Gathering = { windowMs: 300_000, ofTopic: 3, toChannel: 20 }
const due: Due = {
  id: 7,
  channel: 'email',
  topic: 'a',
  bundle: null,
  fresh: true,
  topics: { a: 1 },
  sent: 0,
  sentOfTopic: 0,
  windowEndsInMs: 0,
}
const ofTopic = { kind: 'topic', id: 7 }
const channel = { kind: 'channel', id: 7 }

test.each<readonly [string, Partial<Due>, unknown]>([
  ['a single message leaves at once', {}, { kind: 'send', of: ofTopic, count: 1 }],
  ['three on one topic leave one by one', { topics: { a: 3 } }, { kind: 'send', of: ofTopic, count: 1 }],
  ['four on one topic leave together', { topics: { a: 4 } }, { kind: 'send', of: ofTopic, count: 1_000 }],
  [
    'the last of a window takes all that are due with it',
    { topics: { a: 2 }, sent: 2, sentOfTopic: 2 },
    { kind: 'send', of: ofTopic, count: 1_000 },
  ],
  [
    'after three mails on a topic the next wait for the end of the window',
    { topics: { a: 5 }, sent: 3, sentOfTopic: 3, windowEndsInMs: 900 },
    { kind: 'wait', of: ofTopic, inMs: 900 },
  ],
  ['another topic is not kept waiting', { topics: { a: 1, b: 500 }, sent: 3 }, { kind: 'send', of: ofTopic, count: 1 }],
  [
    'as many topics as mails are left for leave one by one',
    { topics: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n === 0 ? 'a' : `t${n}`, 1])) },
    { kind: 'send', of: ofTopic, count: 1 },
  ],
  [
    'a topic that leaves as one counts as one mail among those that are left',
    { topics: { a: 4, b: 9 }, sent: 18 },
    { kind: 'send', of: ofTopic, count: 1_000 },
  ],
  [
    'one topic more than mails are left takes all with it',
    { topics: { a: 4, b: 9, c: 1 }, sent: 18 },
    { kind: 'send', of: channel, count: 1_000 },
  ],
  [
    'a thousand topics leave as one',
    { topics: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`t${n}`, 1])) },
    { kind: 'send', of: channel, count: 1_000 },
  ],
  ['a reader who has had twenty mails waits', { sent: 20, windowEndsInMs: 900 }, { kind: 'wait', of: channel, inMs: 900 }],
  [
    'what may have arrived leaves alone',
    { fresh: false, topics: {}, sent: 20 },
    { kind: 'send', of: { kind: 'message', id: 7 }, count: 1 },
  ],
  [
    'what left together leaves together',
    { fresh: false, bundle: 'x', sent: 20 },
    { kind: 'send', of: { kind: 'bundle', bundle: 'x' }, count: 1_000 },
  ],
])('%s', (_, more, expected) => {
  expect(nextMail({ ...due, ...more }, limits)).toEqual(expected)
})

it('whatever is due, a reader gets no more mails in a window than the limit, and every message leaves', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 3_000 }), { minKeys: 1 }), (given) => {
      const topics: Record<string, number> = { ...given }
      const sentOf: Record<string, number> = {}
      let sent = 0
      for (let turn = 0; Object.keys(topics).length > 0; turn++) {
        if (turn > 10_000) throw new Error('it never ends')
        const topic = Object.keys(topics)[0] ?? ''
        const next = nextMail({ ...due, topic, topics, sent, sentOfTopic: sentOf[topic] ?? 0, windowEndsInMs: 1 }, limits)
        const selected = next.of.kind === 'channel' ? Object.keys(topics) : [topic]
        if (next.kind === 'wait') {
          // The window passes.
          for (const each of Object.keys(sentOf)) delete sentOf[each]
          expect(sent).toBeLessThanOrEqual(limits.toChannel)
          sent = 0
          continue
        }
        let left = next.count
        for (const each of selected) {
          const taken = Math.min(left, topics[each] ?? 0)
          left -= taken
          topics[each] = (topics[each] ?? 0) - taken
          if (topics[each] === 0) delete topics[each]
        }
        sent++
        sentOf[topic] = (sentOf[topic] ?? 0) + 1
        expect(sentOf[topic]).toBeLessThanOrEqual(limits.ofTopic)
      }
    }),
  )
})
