import { long, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { kinds } from './testing/simulation/behaviour.ts'
import { troubles } from './testing/simulation/disturbances.ts'
import { type PlantedFault, plantedFaults } from './testing/simulation/planted-faults.ts'
import { deeds, type Scenario } from './testing/simulation/scenario.ts'
import { type Outcome, type Simulation, simulate } from './testing/simulation/simulate.ts'

const seed = seedOfRun()

const sizes: Simulation['sizes'] = { hosts: 2, workers: 2, schedulers: 2, slots: 8, maxVersions: 3, leaseMs: 5_000 }
const database: Simulation['database'] = { lostReplies: 0.01, together: 0.2 }
const scenario: Scenario = {
  projects: 3,
  pipelines: 2,
  tasks: 8,
  kinds,
  pooled: 0.25,
  triggers: 16,
  publications: 4,
  interventions: 12,
  deeds,
  faults: 6,
  troubles,
  lengthMs: 30_000,
}

/** What happened before the violation, and how to see it again. */
const told = (number: number, { violation, trace }: Outcome): string =>
  `SLUICE_SEED=${number} repeats it: ${violation}\n${trace.slice(-30).join('\n')}`

test('under kills, pauses, lost hosts, outages, steps of the clock and publications all runs end, once, within their limits', async () => {
  for (let number = seed; number < seed + (long ? 100 : 2); number++) {
    const outcome = await simulate({ seed: number, sizes, scenario, database })
    expect(outcome.violation, told(number, outcome)).toBeNull()
    expect(outcome.successes).toBeGreaterThan(0)
  }
})

test('without faults no more processes are started than there are places, and a few for the versions', async () => {
  const calm = { ...scenario, kinds: ['quick', 'waits', 'computes', 'sensor'] as const, faults: 0, publications: 8 }
  const outcome = await simulate({ seed, sizes, scenario: calm, database: { lostReplies: 0, together: 0.2 } })
  expect(outcome.violation, told(seed, outcome)).toBeNull()
})

test('the same seed gives the same trace', async () => {
  const [one, again, other] = [seed, seed, seed + 1].map((number) => ({
    seed: number,
    sizes,
    scenario: { ...scenario, lengthMs: 10_000 },
    database,
  }))
  if (one === undefined || again === undefined || other === undefined) throw new Error('three simulations are compared')
  const first = await simulate(one)
  expect((await simulate(again)).trace).toEqual(first.trace)
  expect((await simulate(other)).fingerprint).not.toBe(first.fingerprint)
})

// Always the same seeds: a fault that three random ones do not meet would fail the test by chance.
test.each(plantedFaults)('it sees $name', async (fault) => {
  const seen: string[] = []
  const first = fault.firstSeed ?? 1
  for (let number = first; seen.length === 0 && number < first + 12; number++) {
    const { violation } = await simulate(planted(fault, number))
    if (violation !== null) seen.push(violation)
  }
  expect(seen).toEqual([expect.stringMatching(fault.seen)])
})

const planted = (fault: PlantedFault, number: number): Simulation => ({
  ...fault,
  seed: number,
  sizes: { ...sizes, ...fault.sizes },
  scenario: { ...scenario, ...fault.scenario },
  database: fault.database ?? database,
})
