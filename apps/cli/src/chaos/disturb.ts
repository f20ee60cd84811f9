import { setTimeout as delay } from 'node:timers/promises'
import { unreachable } from '@sluice/core'
import type { Kill } from './kills.ts'
import { kill9, signalled, until } from './processes.ts'
import type { ChaosWorld, StartedPlatform } from './world.ts'

/** A pipeline and the time between two of its ticks. */
export interface Ticking {
  readonly pipeline: string
  readonly everyMs: number
  /** Its ticks come so long after the full time. */
  readonly afterMs: number
}

export const pipeline = 'crypto_data_pipeline'
export const collecting: Ticking = { pipeline, everyMs: 30 * 60_000, afterMs: 0 }
export const monitoring: Ticking = { pipeline: 'crypto_monitoring', everyMs: 60 * 60_000, afterMs: 5 * 60_000 }
const firstTick = Date.parse('2026-11-01T00:00:00Z')

/**
 * A task that lost its worker four times fails, since it may be what kills its workers. A task whose code failed three times fails, too, in
 * these pipelines. Chance stays below both.
 */
const mostRisk = 2

/** A command that fails this often in turn does not fail for a kill. */
const mostMisses = 3

export interface Disturbed {
  /** Of both pipelines, from the first tick on. */
  readonly hours: number
  /** Kills by pipeline whose runs were under way, and victim. */
  readonly done: Readonly<Record<string, number>>
}

/** The clock's own ticks would come to one world and not to the other. A paused pipeline would run no backfill either. */
export async function skipTicks(world: ChaosWorld): Promise<void> {
  for (const { pipeline } of [collecting, monitoring]) await world.json('pipelines', 'rewind', pipeline, '--to', '2099-01-01')
}

/** Creates the runs of all ticks of the first hours, as `pipelines backfill` does; past ones keep theirs. */
export async function backfill(world: ChaosWorld, hours: number, { pipeline, afterMs }: Ticking = collecting): Promise<void> {
  const time = (hour: number): string => new Date(firstTick + hour * 3_600_000 + afterMs).toISOString()
  await world.json('pipelines', 'backfill', pipeline, '--start', time(0), '--end', time(hours))
}

interface Progress {
  /** Attempts ever begun. */
  readonly begun: number
  readonly open: number
  /** How near the task that had most bad luck is to failing. */
  readonly risk: number
}

const progressSql = `
select (select coalesce(sum(attempt), 0) from sluice.task_run)::int as begun,
  (select count(*) from sluice.run where state in ('queued', 'running'))::int as open,
  coalesce((select max(greatest(losses, failures + 1)) from sluice.task_run where state in ('queued', 'running')), 0)::int as risk`

async function progressOf(world: ChaosWorld): Promise<Progress | undefined> {
  return (await world.query<Progress>('sluice', progressSql).catch(() => []))[0]
}

/**
 * Carries out the kills. A kill that waits until the platform works strikes while runs are under way: in turn those that bring the data of
 * an hour, and the check of it, which looks at the newest snapshot. A run that ends before the moment of its kill is replaced by the next
 * one of its pipeline. The platform is started again whenever its process was killed, as a service manager would do. Resolves when all runs
 * have ended, with the check of the last hour.
 */
export async function disturb(world: ChaosWorld, first: StartedPlatform, kills: readonly Kill[]): Promise<Disturbed> {
  let platform = first
  let hours = 0
  let at = monitoring
  let risk = 0
  let begun = 0
  let turn = collecting
  const done: Record<string, number> = {}
  let creating: Promise<void> | undefined
  const misses: unknown[] = []
  const asked = async (): Promise<void> => {
    try {
      await backfill(world, hours, at)
      misses.length = 0
    } catch (error) {
      misses.push(error)
    } finally {
      creating = undefined
    }
  }
  const create = (): void => {
    creating = asked()
  }
  const goOn = (): void => {
    if (at === monitoring) hours++
    at = at === monitoring ? collecting : monitoring
    create()
  }
  // Looks on while the command that creates a run is at work: the run may end before the command does. A command that a kill took is
  // repeated.
  const look = async (): Promise<Progress | undefined> => {
    const now = await progressOf(world)
    if (now === undefined || creating !== undefined) return now
    if (misses.length > mostMisses) throw misses[0]
    if (misses.length > 0) create()
    else if (now.open === 0) goOn()
    return now
  }
  const created = (): Promise<void> =>
    until('the runs are created', async () => {
      if (creating === undefined && misses.length > 0) await look()
      return creating === undefined && misses.length === 0
    })
  const underWay = (wanted: Ticking): Promise<void> =>
    until(`${wanted.pipeline} is under way, and no task of it near to failing`, async () => {
      const now = await look()
      return now !== undefined && now.open > 0 && now.risk <= mostRisk && at === wanted
    })
  for (const { working, afterMs, victim, which } of kills) {
    if (working) {
      await until('tasks begin again', async () => ((await look())?.begun ?? 0) > begun)
      await underWay(turn)
    }
    await delay(afterMs)
    if (working) {
      await underWay(turn)
      turn = turn === collecting ? monitoring : collecting
    }
    const now = await progressOf(world)
    risk = now?.risk ?? risk
    begun = now?.begun ?? begun
    if (risk > mostRisk)
      await until('the task with most bad luck has ended', async () => ((await progressOf(world))?.risk ?? 9) <= mostRisk)
    const restart = await strike(world, platform, victim, which)
    risk++
    const kill = `${at.pipeline}: ${victim}`
    done[kill] = (done[kill] ?? 0) + 1
    if (restart) platform = await world.start()
  }
  // A worker that still stands still shall have woken up, too.
  await delay(frozenMs(world))
  await created()
  await untilQuiet(world)
  if (at === collecting) goOn()
  await created()
  await untilQuiet(world)
  return { hours, done }
}

/** Resolves when all runs have ended. */
export const untilQuiet = (world: ChaosWorld): Promise<void> =>
  until('all runs have ended', async () => (await progressOf(world))?.open === 0)

/** Longer than the lease of the world. */
const frozenMs = ({ leaseMs }: ChaosWorld): number => 1.5 * leaseMs

/** Whether the platform's process is among the killed. */
async function strike(world: ChaosWorld, { pid }: StartedPlatform, victim: Kill['victim'], which: number): Promise<boolean> {
  const workers = world.workers()
  const postmaster = await world.postmaster()
  switch (victim) {
    case 'worker': {
      const chosen = workers[Math.floor(which * workers.length)]
      if (chosen !== undefined) kill9(chosen)
      return false
    }
    case 'frozen': {
      const chosen = workers[Math.floor(which * workers.length)]
      if (chosen !== undefined && signalled(chosen, 'SIGSTOP')) setTimeout(() => signalled(chosen, 'SIGCONT'), frozenMs(world))
      return false
    }
    case 'start':
      kill9(pid)
      return true
    case 'postgres':
      if (postmaster !== undefined) kill9(postmaster)
      return false
    case 'everything':
      for (const each of [pid, ...workers, ...(postmaster === undefined ? [] : [postmaster])]) kill9(each)
      return true
    default:
      return unreachable(victim)
  }
}
