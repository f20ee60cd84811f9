import { expect, test } from 'vitest'
import { anomalyRules, rulesAt, rulesOf } from './anomaly-rules.ts'

const first = { version: 1, from: '2020-01-01T00:00:00Z', variation: { warning: 10, critical: 20 }, volume: null, quietHours: 6 }
const second = { ...first, version: 2, from: '2026-11-20T00:00:00Z', variation: { critical: 15 } }

test('the rules as delivered ask for 10 percent, and the volume rule is on (X-3)', () => {
  expect(anomalyRules.at(-1)?.rules).toEqual({ variation: { warning: 10, critical: 20 }, volume: { warning: 1e11, critical: 2e11 } })
})

test('a version applies from its time until the next one', () => {
  const rules = rulesOf([first, second])
  const at = (time: string) => rulesAt(rules, Date.parse(time)).version
  expect([at('2026-11-19T23:59:59Z'), at('2026-11-20T00:00:00Z'), at('2030-01-01T00:00:00Z')]).toEqual([1, 2, 2])
  expect(() => at('2019-12-31T00:00:00Z')).toThrow('no version of the anomaly rules applies at 2019-12-31')
})

test.each([
  ['no list', {}, 'it must list at least one version'],
  ['a number that is not its place', [{ ...first, version: 2 }], 'version 1: "version" must be 1'],
  ['a text that is not a time', [{ ...first, from: 'yesterday' }], 'version 1: "from" must be a time'],
  [
    'an earlier time than the version before',
    [first, { ...second, from: first.from }],
    'version 2: "from" must be later than that of version 1',
  ],
  ['a rule that is left out', [{ ...first, volume: undefined }], '"volume" must be null or give "warning", "critical" or both'],
  ['a rule without a threshold', [{ ...first, volume: {} }], '"volume" must be null or give "warning", "critical" or both'],
  ['a threshold that is not a number', [{ ...first, volume: { warning: '10' } }], '"volume" must be null or give'],
  ['a severity that does not exist', [{ ...first, volume: { warning: 1, fatal: 2 } }], '"volume" must be null or give'],
  [
    'a critical threshold below that of a warning',
    [{ ...first, variation: { warning: 20, critical: 10 } }],
    '"variation": critical must be above warning',
  ],
  ['a part that is not known', [{ ...first, percent: 10 }], '"percent" is not a part of a version'],
  ['quiet hours below zero', [{ ...first, quietHours: -1 }], '"quietHours" must be a number of hours'],
])('%s is refused, naming what is wrong', (_, given, message) => {
  expect(() => rulesOf(given)).toThrow(
    `settings/anomaly-rules.json: ${message.startsWith('version') || message.startsWith('it') ? '' : 'version 1: '}${message}`,
  )
})
