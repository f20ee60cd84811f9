import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, collecting, monitoring, skipTicks, type Ticking } from './disturb.ts'
import { kill9, until } from './processes.ts'
import { snapshotOf } from './snapshot.ts'
import { environmentOf, frozenUpstream } from './upstream.ts'
import { type ChaosWorld, openWorld } from './world.ts'

const table = 'public.crypto_temps_reel'
const openSql = `select count(*)::int as open from sluice.run where state in ('queued', 'running')`
const waitingSql = `select pid from pg_stat_activity where datname = 'crypto_db' and wait_event_type = 'Lock'`
const notDoneSql = `
select format('%s: %s, attempt %s %s', task, state, attempt, coalesce(error ->> 'message', reason)) as line
from sluice.task_run where state not in ('success', 'skipped')`
const runningSql = `select task from sluice.task_run where state = 'running'`

test('PostgreSQL killed once within every task that uses it comes back by itself, and the runs of both pipelines end successful with the same rows', async () => {
  await using upstream = await frozenUpstream()
  const env = environmentOf(upstream)
  // A lease that outlasts the outage: the workers themselves have to meet it.
  await using world = await openWorld({ env, settings: { lease: '30s' } })
  await world.start()
  await skipTicks(world)

  const runs: [Ticking, hours: number][] = []
  for (const [ticking, tasks] of using) runs.push([ticking, await killWithinEveryTask(world, ticking, tasks)])

  await using quiet = await openWorld({ env })
  await quiet.start()
  await skipTicks(quiet)
  for (const [ticking, hours] of runs) {
    await backfill(quiet, hours, ticking)
    await until('the run has ended', () => hasEnded(quiet))
  }
  expect(differences(await snapshotOf(quiet), await snapshotOf(world))).toEqual([])
})

/** Tasks that use PostgreSQL. */
const using: readonly (readonly [Ticking, tasks: readonly string[]])[] = [
  [collecting, ['load_crypto_temps_reel', 'verify_results', 'generate_daily_report']],
  [monitoring, ['check_top_10_cryptos', 'public.crypto_anomalies', 'public.monitoring_stats']],
]

/**
 * Runs of the pipeline until the server has died within each of these tasks, and others; the hours from the first tick on that they cover.
 * One run does, unless a task goes through while the server that came back has no lock yet.
 */
async function killWithinEveryTask(world: ChaosWorld, ticking: Ticking, tasks: readonly string[]): Promise<number> {
  const killed = new Set<string>()
  let hours = 0
  while (tasks.some((task) => !killed.has(task))) {
    hours += ticking.everyMs / 3_600_000
    let held = await lock(world)
    await backfill(world, hours, ticking)
    for (;;) {
      await until('a task waits for the table, or the run has ended', async () => (await waiters(world)) > 0 || (await hasEnded(world)))
      if (await hasEnded(world)) break
      const running = (await world.query<{ task: string }>('sluice', runningSql)).map(({ task }) => task)
      if (running.some((task) => !killed.has(task))) {
        for (const task of running) killed.add(task)
        await killPostgres(world)
        await held.release()
        held = await lock(world)
      } else {
        // Those that wait pass, and the next one waits again.
        const before = await waiters(world)
        const next = lock(world)
        await until('the next lock is in line', async () => (await waiters(world)) > before)
        await held.release()
        held = await next
      }
    }
    await held.release()
    const ended = await world.query<{ line: string }>('sluice', notDoneSql)
    expect(ended).toEqual([])
  }
  console.info(`PostgreSQL was killed within ${[...killed].join(', ')}`)
  return hours
}

const hasEnded = async (world: ChaosWorld): Promise<boolean> =>
  (await world.query<{ open: number }>('sluice', openSql).catch(() => []))[0]?.open === 0

const waiters = async (world: ChaosWorld): Promise<number> => (await world.query('crypto_db', waitingSql)).length

async function killPostgres(world: ChaosWorld): Promise<void> {
  const before = await world.postmaster()
  if (before !== undefined) kill9(before)
  await until('PostgreSQL is back', async () => {
    const now = await world.postmaster()
    return now !== undefined && now !== before && (await world.query('crypto_db', 'select 1').catch(() => [])).length === 1
  })
}

/** Holds the table in a session of its own until it is released; resolves when it has it. */
async function lock(world: ChaosWorld): Promise<{ release(): Promise<void> }> {
  const letGo = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const session = world
    .session('crypto_db', async (connection) => {
      await connection.execute('begin')
      await connection.execute(`lock table ${table} in access exclusive mode`)
      held.resolve()
      await letGo.promise
    })
    .catch((error: unknown) => held.reject(error))
  await held.promise
  return {
    release: async () => {
      letGo.resolve()
      await session
    },
  }
}
