import { createHash } from 'node:crypto'
import { seeded } from '@sluice/core/testing'
import { openPool, type SqlFunction } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { vi } from 'vitest'
import { openEngine } from '../../../open-engine.ts'
import { stateHistory } from '../../../state/migrate.ts'
import { type DatabaseFaults, SimulatedDatabase } from './database.ts'
import { disturb } from './disturbances.ts'
import type { Host } from './host.ts'
import { People, type Scenario } from './scenario.ts'
import { Timeline } from './timeline.ts'
import { clockOf, installClock, letFunctionsFollow } from './virtual-clock.ts'
import { Violation } from './watch.ts'
import { type Sizes, World } from './world.ts'

export interface Simulation {
  readonly seed: number
  readonly sizes: Sizes
  readonly scenario: Scenario
  readonly database: DatabaseFaults
  /** A planted fault in the functions of the state machines. */
  readonly plantSql?: (one: SqlFunction) => string
  /** A planted fault in the supervisor. */
  readonly plantPlanner?: (world: World, host: Host) => void
}

export interface Outcome {
  /** What must never be so, and was; null when all went well. */
  readonly violation: string | null
  readonly trace: readonly string[]
  readonly fingerprint: string
  readonly attempts: number
  readonly successes: number
  readonly runs: number
  readonly started: number
  readonly virtualMs: number
}

/** After the last event everything has to end within this time, with all retries, leases and waits of sensors. */
const patienceMs = 1_800_000

/** Runs a whole platform over virtual time: the same seed gives the same trace. */
export async function simulate({ seed, sizes, scenario, database: faults, plantSql, plantPlanner }: Simulation): Promise<Outcome> {
  const history = await stateHistory()
  await using fresh = await testDatabase(history)
  await installClock(fresh.url)
  const startedAtMs = Date.UTC(2026, 0, 5, 9)
  vi.useFakeTimers({ toFake: ['Date'], now: startedAtMs })
  const chance = seeded(seed ^ 0x5eed)
  vi.spyOn(Math, 'random').mockImplementation(() => chance.next())
  const random = seeded(seed)
  const timeline = new Timeline()
  const engine = await openEngine(fresh.url)
  const pool = openPool(fresh.url, { max: 4, applicationName: 'simulation' })
  try {
    const clock = clockOf(pool)
    const database = new SimulatedDatabase(pool, timeline, random, faults, () => clock.set(Date.now()))
    // Behind the opening, which brings functions up to date.
    for (const one of history.functions) if (plantSql !== undefined) await pool.query(plantSql(one))
    await letFunctionsFollow(pool)
    const world = new World(sizes, { timeline, random, database, startedAtMs }, plantPlanner)
    const people = new People(world, engine, scenario)
    await people.begin()
    world.begin()
    for (let n = 0; n < scenario.faults; n++) timeline.after(random.integer(scenario.lengthMs), () => disturb(world, scenario.troubles))
    let left = false
    timeline.after(scenario.lengthMs, async () => {
      await people.leave()
      left = true
    })
    let violation: string | null = null
    try {
      const ended = await timeline.run(
        scenario.lengthMs + patienceMs,
        () => left && world.watch.open === 0 && timeline.now > scenario.lengthMs + 2_000,
        () => world.watch.look(),
        () => vi.setSystemTime(world.wallMs),
      )
      if (!ended) throw new Violation(`${world.watch.open} runs have not ended ${patienceMs} ms after the last event`)
      await world.watch.conclude(mostStarts(sizes, scenario, faults))
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      violation = error.message
    }
    const { trace, attempts, successes } = world.watch
    const [{ runs } = { runs: 0 }] = await pool.query<{ runs: number }>('select count(*)::int as runs from sluice.run')
    const fingerprint = createHash('sha256').update(trace.join('\n')).digest('hex')
    return { violation, trace, fingerprint, attempts, successes, runs, started: world.started, virtualMs: timeline.now }
  } finally {
    vi.restoreAllMocks()
    vi.useRealTimers()
    await engine.close()
    await pool.end()
  }
}

/** Where nothing ends a process, each place needs one for as many versions as a process may import. */
function mostStarts(
  { hosts, workers, maxVersions }: Sizes,
  { projects, publications, faults, kinds }: Scenario,
  { lostReplies }: DatabaseFaults,
): number {
  const deadly = faults > 0 || lostReplies > 0 || kinds.includes('kills') || kinds.includes('deaf')
  // Each project is published at the beginning and at the end.
  return deadly ? Number.POSITIVE_INFINITY : hosts * workers * Math.ceil((2 * projects + publications) / maxVersions)
}
