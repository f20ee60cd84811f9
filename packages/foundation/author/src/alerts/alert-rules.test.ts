import { expect, test } from 'vitest'
import { alertRules } from './alert-rules.ts'

const named = { file: 'settings/anomaly-rules.json', rules: ['variation', 'volume'] } as const
const first = { version: 1, from: '2020-01-01T00:00:00Z', variation: { warning: 10, critical: 20 }, volume: null, quietHours: 6 }
const second = { ...first, version: 2, from: '2026-11-20T00:00:00Z', variation: { critical: 15 } }

test('a version is in force from its time until the next one, and none before the first', () => {
  const rules = alertRules([first, second], named)
  const at = (time: string) => rules.at(Date.parse(time)).version
  expect([at('2026-11-19T23:59:59Z'), at('2026-11-20T00:00:00Z'), at('2030-01-01T00:00:00Z')]).toEqual([1, 2, 2])
  expect(() => at('2019-12-31T00:00:00Z')).toThrow('settings/anomaly-rules.json: no version applies at 2019-12-31')
})

test('the versions are plain data, with each rule that is on or off', () => {
  expect(JSON.parse(JSON.stringify(alertRules([first], named).versions))).toEqual([
    { version: 1, from: Date.UTC(2020, 0, 1), quietHours: 6, rules: { variation: { warning: 10, critical: 20 }, volume: null } },
  ])
})

test.each([
  ['no list', {}, 'it must list at least one version'],
  ['a version that is not an object', [1], 'version 1: "version" must be 1'],
  ['a number that is not its place', [{ ...first, version: 2 }], 'version 1: "version" must be 1'],
  ['a text that is not a time', [{ ...first, from: 'yesterday' }], 'version 1: "from" must be a time'],
  ['a day that its month does not have', [{ ...first, from: '2026-02-30T00:00:00Z' }], 'version 1: "from" must be a time'],
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
])('%s is refused, naming the file, the version and what is wrong', (_, given, message) => {
  expect(() => alertRules(given, named)).toThrow(
    `settings/anomaly-rules.json: ${message.startsWith('version') || message.startsWith('it') ? '' : 'version 1: '}${message}`,
  )
})
