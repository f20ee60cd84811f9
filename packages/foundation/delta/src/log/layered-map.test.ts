import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { LayeredMap } from './layered-map.ts'

test('has the contents of a plain map in every version after random changes', () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const plain = new Map<string, number>()
  let layered = LayeredMap.of<number>(new Map())
  const versions: [LayeredMap<number>, Map<string, number>][] = []
  for (let round = 0; round < 400; round++) {
    const changes = new Map<string, number | undefined>()
    for (let i = random.integer(20); i >= 0; i--) {
      const key = String(random.integer(500))
      const value = random.chance(0.3) ? undefined : random.integer(1000)
      changes.set(key, value)
      if (value === undefined) plain.delete(key)
      else plain.set(key, value)
    }
    layered = layered.with(changes)
    versions.push([layered, new Map(plain)])
  }
  const sorted = (entries: Iterable<[string, number]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [version, expected] of versions) {
    expect(version.size, `SLUICE_SEED=${seed}`).toBe(expected.size)
    expect(sorted(version), `SLUICE_SEED=${seed}`).toEqual(sorted(expected))
    expect([...version.keys()].length + [...version.values()].length).toBe(2 * expected.size)
    for (const key of ['0', '250', '499']) expect([version.get(key), version.has(key)]).toEqual([expected.get(key), expected.has(key)])
  }
})

test('the cost of a change depends on the change, not on the size of the map', () => {
  let map = LayeredMap.of(new Map(Array.from({ length: 300_000 }, (_, i) => [String(i), i])))
  const before = process.cpuUsage()
  for (let i = 0; i < 1500; i++) map = map.with(new Map([[`new ${i}`, i]]))
  const { user, system } = process.cpuUsage(before)
  expect(map.size).toBe(301_500)
  // Copying all entries each time takes about 30 seconds.
  expect((user + system) / 1000).toBeLessThan(3000)
})
