import { expect, test } from 'vitest'
import { assignWorkers } from './assign-workers.ts'

test('each empty slot is given a process', () => {
  expect(assignWorkers(3, new Set([1]))).toEqual([0, 2])
  expect(assignWorkers(2, new Set([0, 1]))).toEqual([])
})
