import { expect, test } from 'vitest'
import { dayText, gapsIn, spanIn, spanOf, spansAhead } from './spans.ts'

const at = (day: string): number => Date.parse(day)
const texts = (spans: readonly { from: number; to: number }[]): string[] => spans.map(({ from, to }) => `${dayText(from)} ${dayText(to)}`)

test.each([
  ['day', '2026-02-28T23:59:59.999Z', '2026-02-28 2026-03-01'],
  ['month', '2026-12-31T12:00:00Z', '2026-12-01 2027-01-01'],
  ['year', '2028-02-29T00:00:00Z', '2028-01-01 2029-01-01'],
  ['day', '9999-12-31T00:00:00Z', '9999-12-31 10000-01-01'],
  ['month', '0001-01-05T00:00:00Z', '0001-01-01 0001-02-01'],
] as const)('the %s of %s is %s', (by, instant, expected) => {
  expect(texts([spanOf(by, at(instant))])).toEqual([expected])
})

test('those that are kept ahead follow one another', () => {
  expect(texts(spansAhead('month', at('2026-11-30'), 2))).toEqual([
    '2026-11-01 2026-12-01',
    '2026-12-01 2027-01-01',
    '2027-01-01 2027-02-01',
  ])
  expect(spansAhead('day', 0, 0)).toHaveLength(1)
})

test('only what no partition holds is made, whatever their lengths', () => {
  const there = [spanOf('day', at('2026-12-01')), spanOf('day', at('2026-12-03')), spanOf('month', at('2027-01-01'))]
  expect(texts(gapsIn(there, [spanOf('month', at('2026-12-05')), spanOf('day', at('2027-01-09'))]))).toEqual([
    '2026-12-02 2026-12-03',
    '2026-12-04 2027-01-01',
  ])
  expect(gapsIn(there, [spanOf('day', at('2026-12-03'))])).toEqual([])
  expect(texts(gapsIn([], [spanOf('day', at('2026-12-03')), spanOf('month', at('2026-12-03')), spanOf('day', at('2026-12-03'))]))).toEqual([
    '2026-12-01 2027-01-01',
  ])
})

test('bounds are read as PostgreSQL writes them', () => {
  expect(spanIn("FOR VALUES FROM ('2026-12-01') TO ('2027-01-01')")).toEqual(spanOf('month', at('2026-12-01')))
  expect(spanIn("FOR VALUES FROM ('9999-12-31 00:00:00+00') TO ('10000-01-01 00:00:00+00')")).toEqual(spanOf('day', at('9999-12-31')))
  expect(spanIn("FOR VALUES FROM (MINVALUE) TO ('2027-01-01')")).toEqual({ from: Number.NEGATIVE_INFINITY, to: at('2027-01-01') })
  expect(spanIn('DEFAULT')).toBeUndefined()
})
