import { expect, test } from 'vitest'
import { seeded, seedOfRun } from './seeded.ts'

test('a seed gives the same numbers again, another seed others', () => {
  const numbers = (seed: number) => {
    const random = seeded(seed)
    return [random.next(), random.integer(1000), random.pick(['a', 'b', 'c']), random.chance(0.5), [...random.bytes(5)]]
  }
  expect(numbers(7)).toEqual(numbers(7))
  expect(numbers(7)).not.toEqual(numbers(8))
  expect(seeded(7).bytes(5)).toHaveLength(5)
})

test('numbers stay below their bound and reach all that lies below it', () => {
  const random = seeded(seedOfRun())
  const seen = new Set(Array.from({ length: 1000 }, () => random.integer(5)))
  expect([...seen].sort(), `SLUICE_SEED=${seedOfRun()}`).toEqual([0, 1, 2, 3, 4])
})
