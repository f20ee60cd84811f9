import { expect, test } from 'vitest'
import { claimSize, paced, unknownPace } from './batching.ts'

test('tasks are claimed ahead only once they proved very short, and one slow task ends that', () => {
  expect(claimSize(unknownPace)).toBe(1)
  let pace = unknownPace
  for (let n = 0; n < 20; n++) pace = paced(pace, 0.5)
  expect(claimSize(pace)).toBeGreaterThan(20)
  expect(claimSize(paced(pace, 200))).toBe(1)
})
