import { expect, test } from 'vitest'
import { TurnOfLooks } from './turn-of-looks.ts'

test('a process that was told of tasks and found none lets others look first, until it finds one', () => {
  const looks = new TurnOfLooks()
  looks.told()
  expect(looks.waitMs()).toBe(0)
  looks.looked(false)
  looks.told()
  expect(looks.waitMs()).toBeGreaterThan(0)
  looks.looked(true)
  looks.told()
  expect(looks.waitMs()).toBe(0)
})

test('a look of which nobody told waits for nobody, and whatever it finds, the process keeps its turn', () => {
  const looks = new TurnOfLooks()
  looks.looked(false)
  looks.told()
  expect(looks.waitMs()).toBe(0)
  looks.looked(false)
  expect(looks.waitMs()).toBe(0)
  looks.looked(true)
  looks.told()
  expect(looks.waitMs()).toBeGreaterThan(0)
})
