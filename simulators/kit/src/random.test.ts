import { expect, test } from 'vitest'
import { integerAt, nearNormalAt, normalAt, pickAt, randomKey, uniformAt } from './random.ts'

const steps = Array.from({ length: 20_000 }, (_, step) => step)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('the same seed, names and step give the same number for ever', () => {
  const key = randomKey(7, 'bitcoin', 'price')
  expect([uniformAt(key, 0), uniformAt(key, -3), normalAt(key, 2 ** 40)]).toMatchInlineSnapshot(`
    [
      0.19879291941529087,
      0.9294293171820064,
      1.99245157105746,
    ]
  `)
})

test('another seed, another name, another cut between names or another step gives another number', () => {
  const numbers = [
    uniformAt(randomKey(7, 'ab', 'c'), 1),
    uniformAt(randomKey(8, 'ab', 'c'), 1),
    uniformAt(randomKey(7, 'a', 'bc'), 1),
    uniformAt(randomKey(7, 'ab', 'd'), 1),
    uniformAt(randomKey(7, 'ab', 'c'), 2),
    uniformAt(randomKey(7, 'ab', 'c'), 1 + 2 ** 32),
    uniformAt(randomKey(7 + 2 ** 32, 'ab', 'c'), 1),
  ]
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('uniform numbers fill [0, 1) evenly', () => {
  const values = steps.map((step) => uniformAt(randomKey(1, 'uniform'), step))
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...values)).toBeLessThan(1)
  const tenths = Array.from({ length: 10 }, (_, tenth) => values.filter((value) => Math.floor(value * 10) === tenth).length)
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200)
})

test.each([
  ['normalAt', normalAt],
  ['nearNormalAt', nearNormalAt],
])('%s gives mean 0, deviation 1 and no memory', (_, draw) => {
  const values = steps.map((step) => draw(randomKey(1, 'normal'), step))
  expect(Math.abs(mean(values))).toBeLessThan(0.03)
  expect(Math.abs(Math.sqrt(mean(values.map((value) => value ** 2))) - 1)).toBeLessThan(0.03)
  expect(Math.abs(mean(values.map((value, index) => value * (values[index + 1] ?? 0))))).toBeLessThan(0.03)
})

test('integers reach both bounds and picks reach every element', () => {
  const key = randomKey(1, 'integers')
  expect(new Set(steps.slice(0, 200).map((step) => integerAt(key, step, -1, 2)))).toEqual(new Set([-1, 0, 1, 2]))
  expect(new Set(steps.slice(0, 200).map((step) => pickAt(key, step, ['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']))
})
