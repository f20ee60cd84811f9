import { expect, test } from 'vitest'
import { createAnonymousRows } from './anonymous-rows.ts'

test('of callers who do not say who they are 60 rows a minute are kept, and the next one counts the others', () => {
  const rows = createAnonymousRows()
  const kept = Array.from({ length: 100 }, () => rows.next(1_000))
  expect(kept.filter((each) => each === 0)).toHaveLength(60)
  expect(kept.filter((each) => each === undefined)).toHaveLength(40)
  expect([rows.next(60_999), rows.next(61_000), rows.next(61_001)]).toEqual([undefined, 41, 0])
})
