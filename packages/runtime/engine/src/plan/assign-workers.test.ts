import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { afterDeath, asksToBeReplaced, assignWorkers, type Backoff, type WorkerStage } from './assign-workers.ts'
import { bindsWorkers } from './testing/bound-workers.ts'
import { bySlots, live, type World } from './testing/worker-world.ts'

const workers = (...stages: readonly WorkerStage[]) => stages.map((stage, slot) => ({ slot, stage }))
const none = new Map<number, Backoff>()

test('every empty slot starts, and a worker that starts counts as serving', () => {
  expect(assignWorkers(2, [], none, 0)).toEqual({ start: [0, 1], drain: [], nextStart: null })
  expect(assignWorkers(2, workers('starting', 'serving'), none, 0)).toEqual({ start: [], drain: [], nextStart: null })
})

test('a full worker is replaced once nothing else is on its way', () => {
  expect(assignWorkers(2, workers('full', 'full'), none, 0).drain).toEqual([0])
  for (const other of ['starting', 'draining'] as const) expect(assignWorkers(2, workers('full', other), none, 0).drain).toEqual([])
  // Its slot waits after deaths: the worker that still serves is kept.
  expect(assignWorkers(2, workers('full'), new Map([[1, { deaths: 3, notBefore: 9 }]]), 0)).toEqual({ start: [], drain: [], nextStart: 9 })
})

test('a process that may import no more asks to be replaced when it is idle, or after its turn', () => {
  expect([asksToBeReplaced(true, 0), asksToBeReplaced(false, 9_999), asksToBeReplaced(false, 10_000)]).toEqual([true, false, true])
})

test('deaths without an attempt make a slot wait longer each time, however long the process took to die', () => {
  let backoff: Backoff | undefined
  const waits = Array.from({ length: 9 }, () => {
    backoff = afterDeath(backoff, { asTold: false, attempts: 0, servedMs: null }, 1_000)
    return (backoff?.notBefore ?? 0) - 1_000
  })
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000])
  const long = afterDeath(backoff, { asTold: false, attempts: 0, servedMs: 30_000 }, 1_000)
  expect(long).toEqual({ deaths: 10, notBefore: 11_000 })
})

test('a worker that ran an attempt, served long or ended as it was told is replaced at once', () => {
  const backoff = { deaths: 4, notBefore: 0 }
  expect(afterDeath(backoff, { asTold: false, attempts: 1, servedMs: 10 }, 0)).toBeUndefined()
  expect(afterDeath(backoff, { asTold: false, attempts: 0, servedMs: 60_000 }, 0)).toBeUndefined()
  expect(afterDeath(backoff, { asTold: true, attempts: 0, servedMs: 5 }, 0)).toBeUndefined()
})

const quiet: World = {
  versions: 3,
  tasksEach: 20,
  workers: 2,
  taskMs: 200,
  startMs: () => 500,
  lookMs: 50,
  maxVersions: 8,
  dies: () => false,
}

test('three projects on two workers end in about the time that their tasks take', () => {
  expect(live(quiet, bySlots)).toEqual({ finishedMs: 6_500, done: 60, starts: 2 })
})

test('the planner that bound a process to a version never ends them', () => {
  // Two starts for each version are more than enough; this one goes on for an hour and starts thousands.
  for (const startMs of [500, 1_500]) {
    const outcome = live({ ...quiet, startMs: () => startMs }, bindsWorkers)
    expect(outcome.finishedMs).toBe(Number.POSITIVE_INFINITY)
    expect(outcome.starts).toBeGreaterThan(1_000)
  }
})

test('any number of versions ends on any number of workers, with few starts, however slow a start is', () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  for (let n = 0; n < 300; n++) {
    const slowest = random.pick([100, 500, 1_500, 20_000])
    const deadly = random.pick([0, 0, 0.3])
    const [starts, deaths] = [
      Array.from({ length: 400 }, () => random.integer(slowest)),
      Array.from({ length: 400 }, () => random.chance(deadly)),
    ]
    const world: World = {
      versions: 1 + random.integer(12),
      tasksEach: 1 + random.integer(20),
      workers: 1 + random.integer(6),
      taskMs: random.pick([50, 200, 1_000]),
      startMs: (at) => starts[at % starts.length] ?? 0,
      lookMs: random.pick([50, 250, 1_000]),
      maxVersions: 1 + random.integer(8),
      dies: (at) => deaths[at % deaths.length] ?? false,
    }
    const outcome = live(world, bySlots)
    const told = `SLUICE_SEED=${seed}, world ${n}: ${JSON.stringify(world)} ${JSON.stringify(outcome)}`
    expect(outcome.done, told).toBe(world.versions * world.tasksEach)
    const died = deaths.slice(0, outcome.starts).filter(Boolean).length
    // Of 18,000 worlds the worst took 2.25 starts a version; more than that stands for a turn that ended too early.
    expect(outcome.starts - died, told).toBeLessThanOrEqual(world.workers + world.versions * 3)
  }
})
