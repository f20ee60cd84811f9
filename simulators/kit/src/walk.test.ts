import { expect, test } from 'vitest'
import { randomKey } from './random.ts'
import { walkAt } from './walk.ts'

const DAY = 86_400_000
const START = Date.UTC(2020, 0, 1)
const at = (instant: number, name = 'walk') => walkAt(randomKey(3, name), instant, 0.6, 0.3)

test('an instant has the same value whichever instants were asked before', () => {
  const alone = at(START + 12_345_678)
  for (let day = 0; day < 50; day++) at(START + day * DAY)
  expect(at(START + 12_345_678)).toBe(alone)
})

test('daily increments have the deviation asked for', () => {
  const increments = Array.from({ length: 3000 }, (_, day) => at(START + (day + 1) * DAY) - at(START + day * DAY))
  const deviation = Math.sqrt(increments.reduce((sum, step) => sum + step ** 2, 0) / increments.length)
  expect(deviation / (0.6 / Math.sqrt(365.25))).toBeGreaterThan(0.9)
  expect(deviation / (0.6 / Math.sqrt(365.25))).toBeLessThan(1.1)
})

test('the path has no jump, neither inside a segment nor at a knot', () => {
  const knot = Math.ceil(START / 2 ** 34) * 2 ** 34
  for (const instant of [knot, knot + 2 ** 20, START, START + 4096]) {
    expect(Math.abs(at(instant) - at(instant - 1))).toBeLessThan(1e-4)
  }
})

test('the walk stays around zero over forty years', () => {
  const values = Array.from({ length: 15_000 }, (_, day) => at((day - 2000) * DAY))
  expect(Math.max(...values.map(Math.abs))).toBeLessThan(2.5)
})
