import { expect, test } from 'vitest'
import { email, emails } from './channels.ts'

test('a setting lists addresses and mail groups, separated by commas', () => {
  expect(emails(' data-team, ada@example.org,,')).toEqual([email('data-team'), email('ada@example.org')])
  expect(emails('')).toEqual([])
})
