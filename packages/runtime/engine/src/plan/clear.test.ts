import { expect, test } from 'vitest'
import { requireDeclared, tasksToClear, tasksToReconsider } from './clear.ts'

const tasks = [
  { name: 'a', upstream: [] },
  { name: 'b', upstream: ['a'] },
  { name: 'x', upstream: [] },
  { name: 'c', upstream: ['b', 'x'] },
]

test('clearing takes the task and everything below it, or only the task', () => {
  expect(tasksToClear(tasks, 'a', false)).toEqual(['a', 'b', 'c'])
  expect(tasksToClear(tasks, 'a', true)).toEqual(['a'])
})

test('a task that is only history is told from one that never was', () => {
  const names = ['a', 'b', 'x', 'c', 'gone']
  expect(() => requireDeclared(tasks, names, 'a')).not.toThrow()
  expect(() => requireDeclared(tasks, names, 'gone')).toThrow('no task gone any more')
  expect(() => requireDeclared(tasks, names, 'z')).toThrow('the run has no task z')
})

test('below a marked task only what never ran is decided anew', () => {
  const states = new Map([
    ['a', { state: 'failed', attempt: 1 }],
    ['b', { state: 'upstream_failed', attempt: 0 }],
    ['c', { state: 'skipped', attempt: 1 }],
  ] as const)
  expect(tasksToReconsider(tasks, 'a', states)).toEqual(['b'])
})
