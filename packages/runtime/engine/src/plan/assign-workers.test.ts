import { expect, test } from 'vitest'
import { assignWorkers, type VersionDemand } from './assign-workers.ts'
import { claimSize, paced, unknownPace } from './batching.ts'

const wants = (version: string, queued: number, running = 0, waitedMs = 5_000): VersionDemand => ({ version, queued, running, waitedMs })
const worker = (slot: number, version: string, draining = false) => ({ slot, version, draining })

test('an idle system is warm for each current version in turn', () => {
  expect(assignWorkers(2, [], [], ['a', 'b']).start).toEqual([
    { slot: 0, version: 'a' },
    { slot: 1, version: 'b' },
  ])
  expect(assignWorkers(2, [], [], ['a']).start.map(({ version }) => version)).toEqual(['a', 'a'])
})

test('an empty slot goes to the version that has work and no worker', () => {
  expect(assignWorkers(2, [worker(0, 'a')], [wants('a', 9), wants('b', 1)], ['a']).start).toEqual([{ slot: 1, version: 'b' }])
})

test('a version with work and no worker takes an idle worker at once, a busy one only after some patience', () => {
  const two = [worker(0, 'a'), worker(1, 'a')]
  expect(assignWorkers(2, two, [wants('b', 1, 0, 0)], ['a', 'b']).drain).toEqual([0])
  expect(assignWorkers(2, two, [wants('a', 5, 2), wants('b', 1, 0, 0)], ['a', 'b']).drain).toEqual([])
  expect(assignWorkers(2, two, [wants('a', 5, 2), wants('b', 1)], ['a', 'b']).drain).toHaveLength(1)
})

test('while a worker drains for it no second one is taken', () => {
  expect(assignWorkers(2, [worker(0, 'a', true), worker(1, 'a')], [wants('a', 5, 2), wants('b', 1)], ['a', 'b']).drain).toEqual([])
})

test('a worker of an old version stays while its runs have work and drains when they have none', () => {
  expect(assignWorkers(1, [worker(0, 'old')], [wants('old', 1, 1)], ['new']).drain).toEqual([])
  expect(assignWorkers(1, [worker(0, 'old')], [], ['new']).drain).toEqual([0])
})

test('tasks are claimed ahead only once they proved very short, and one slow task ends that', () => {
  expect(claimSize(unknownPace)).toBe(1)
  let pace = unknownPace
  for (let n = 0; n < 20; n++) pace = paced(pace, 0.5)
  expect(claimSize(pace)).toBeGreaterThan(20)
  expect(claimSize(paced(pace, 200))).toBe(1)
})
