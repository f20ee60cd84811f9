import { expect, test } from 'vitest'
import { directlyAfter } from './directly-after.ts'

test('a task comes right after what no other task above it waits for', () => {
  const tasks = [
    { name: 'clean_up', upstream: [] },
    { name: 'land', upstream: ['clean_up'] },
    { name: 'load', upstream: ['land'] },
    { name: 'hourly', upstream: ['clean_up', 'load'] },
    { name: 'daily', upstream: ['clean_up', 'load'] },
    { name: 'verify', upstream: ['clean_up', 'daily', 'hourly', 'load'] },
  ]
  const after = directlyAfter(tasks)
  expect(tasks.map((task) => [task.name, after(task)])).toEqual([
    ['clean_up', []],
    ['land', ['clean_up']],
    ['load', ['land']],
    ['hourly', ['load']],
    ['daily', ['load']],
    ['verify', ['daily', 'hourly']],
  ])
})
