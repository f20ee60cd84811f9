import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { timeline } from './timeline.ts'

test('tasks stand under one another by when they ran, and one that runs reaches to now', () => {
  const spans = [
    { startedAt: 1_000, endedAt: 1_500 },
    { startedAt: 1_500, endedAt: 1_501 },
    { startedAt: 1_500, endedAt: null },
    { startedAt: null, endedAt: null },
  ]
  expect(timeline(spans, 2_000, 10)).toEqual(['█████·····', '·····█····', '·····█████', '··········'])
})

test('tasks that took no time, or did not begin, are a picture as well', () => {
  expect(timeline([{ startedAt: 7, endedAt: 7 }], 7, 4)).toEqual(['█···'])
  expect(timeline([{ startedAt: null, endedAt: 9 }], 7, 4)).toEqual(['····'])
  expect(timeline([], 7)).toEqual([])
})

test('whatever the times, a bar has its width and a cell for what began', () => {
  const time = fc.option(fc.integer({ min: 0, max: 10_000 }))
  fc.assert(
    fc.property(fc.array(fc.record({ startedAt: time, endedAt: time })), fc.integer({ min: 0, max: 10_000 }), (spans, now) => {
      const bars = timeline(spans, now)
      expect(bars.map((bar) => bar.length)).toEqual(spans.map(() => 24))
      expect(bars.map((bar) => /^·*█+·*$/.test(bar))).toEqual(spans.map(({ startedAt }) => startedAt !== null))
    }),
  )
})
