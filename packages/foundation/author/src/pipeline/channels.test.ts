import { expect, test } from 'vitest'
import { email, emails, opsgenie, pagerduty, slack, teams, webhook } from './channels.ts'

test('a setting lists addresses and mail groups, separated by commas', () => {
  expect(emails(' data-team, ada@example.org,,')).toEqual([email('data-team'), email('ada@example.org')])
  expect(emails('')).toEqual([])
})

test('each other channel goes to a receiver by its name', () => {
  expect([slack, teams, webhook, pagerduty, opsgenie].map((channel) => channel('ops'))).toEqual(
    ['slack', 'teams', 'webhook', 'pagerduty', 'opsgenie'].map((channel) => ({ channel, to: 'ops' })),
  )
  expect(() => slack(7 as never)).toThrow('slack()')
})
