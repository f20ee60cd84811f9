import { expect, test } from 'vitest'
import { newRunId, newRunIds } from './run-id.ts'

test('ids of one millisecond differ and sort in their order, however the random numbers fall', () => {
  const extremes = [0.999_999_999, 0]
  for (const count of [1, 7, 1_440, 10_000, 100_003]) {
    let n = 0
    const ids = newRunIds(1_796_025_585_626, count, () => extremes[n++ % 2] ?? 0)
    expect(new Set(ids).size).toBe(count)
    expect(ids.toSorted()).toEqual(ids)
  }
})

test('an id has twelve characters and sorts by its time', () => {
  expect([newRunId(1_796_025_585_626, 0), newRunId(1_796_025_585_626, 0.999_999_999), newRunId(1_796_025_585_627, 0)]).toEqual([
    'mx2z9f4q0000',
    'mx2z9f4qzzzz',
    'mx2z9f4r0000',
  ])
})
