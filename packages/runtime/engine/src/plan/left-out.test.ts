import { expect, test } from 'vitest'
import { tasksLeftOut } from './left-out.ts'

const tasks = [
  { name: 'choose', needs: {} },
  { name: 'land', needs: {} },
  { name: 'clean', needs: { chosen: 'choose' } },
  { name: 'publish', needs: { cleaned: 'clean' } },
]
const without = (...only: readonly string[]) => tasksLeftOut({ name: 'daily', tasks }, only)

test('all but those asked for, and those whose output these take, are left out', () => {
  expect(without('land')).toEqual(['choose', 'clean', 'publish'])
  expect(without('clean')).toEqual(['land', 'publish'])
  expect(without('publish')).toEqual(['land'])
  expect(without('publish', 'land')).toEqual([])
})

test('a task that is not there is refused with the one that may be meant, and so is no task', () => {
  expect(() => without('claen')).toThrow(expect.objectContaining({ next: 'Did you mean clean?' }))
  expect(() => without()).toThrow(expect.objectContaining({ next: 'See its tasks with: sluice tasks list daily.' }))
})
