import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, pipeline } from './disturb.ts'
import { kill9, until } from './processes.ts'
import { snapshotOf } from './snapshot.ts'
import { frozenUpstream } from './upstream.ts'
import { type ChaosWorld, openWorld } from './world.ts'

const table = 'public.crypto_temps_reel'
const openSql = `select count(*)::int as open from sluice.run where state in ('queued', 'running')`
const waitingSql = `select pid from pg_stat_activity where datname = 'crypto_db' and wait_event_type = 'Lock'`
const failuresSql = `
select t.task, a.error ->> 'code' as code from sluice.attempt a join sluice.task_run t on t.id = a.task_run
where a.state <> 'success' order by a.started_at`

test('PostgreSQL killed within a load and within a query comes back by itself, and the run ends successful with the same rows', {
  timeout: 120_000,
}, async () => {
  await using upstream = await frozenUpstream()
  const env = { COINCAP_BASE_URL: upstream.url, COINCAP_API_KEY: upstream.apiKey }
  // A lease that outlasts the outage: the workers themselves have to meet it.
  await using world = await openWorld({ env, settings: { lease: '30s' } })
  await world.start()
  await world.json('pipelines', 'pause', pipeline)

  const beforeLoad = await lock(world, 'share')
  await backfill(world, 1)
  await waiting(world, 1)
  await killPostgres(world)
  await beforeLoad.release()

  // The load waits behind the first lock, the second one behind the load, the query of verify_results behind that.
  const again = await lock(world, 'share')
  await waiting(world, 1)
  const beforeVerify = lock(world, 'access exclusive')
  await waiting(world, 2)
  await again.release()
  await beforeVerify
  await waiting(world, 1)
  await killPostgres(world)
  await (await beforeVerify).release()

  await ended(world)
  const failures = await world.query<{ task: string; code: string }>('sluice', failuresSql)
  expect(failures.map(({ task, code }) => [task, code])).toEqual([
    ['load_crypto_temps_reel', 'warehouse.unavailable'],
    ['verify_results', 'warehouse.unavailable'],
  ])

  await using quiet = await openWorld({ env })
  await quiet.start()
  await quiet.json('pipelines', 'pause', pipeline)
  await backfill(quiet, 1)
  await ended(quiet)
  expect(differences(await snapshotOf(quiet), await snapshotOf(world))).toEqual([])
})

const ended = (world: ChaosWorld): Promise<void> =>
  until('the run has ended', async () => (await world.query<{ open: number }>('sluice', openSql).catch(() => []))[0]?.open === 0, 60_000)

const waiting = (world: ChaosWorld, sessions: number): Promise<void> =>
  until(`${sessions} session(s) wait for the table`, async () => (await world.query('crypto_db', waitingSql)).length === sessions)

async function killPostgres(world: ChaosWorld): Promise<void> {
  const before = await world.postmaster()
  if (before !== undefined) kill9(before)
  await until('PostgreSQL is back', async () => {
    const now = await world.postmaster()
    return now !== undefined && now !== before && (await world.query('crypto_db', 'select 1').catch(() => [])).length === 1
  })
}

/** Holds the table in a session of its own until it is released; resolves when it has it. */
async function lock(world: ChaosWorld, mode: 'share' | 'access exclusive'): Promise<{ release(): Promise<void> }> {
  const letGo = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const session = world
    .session('crypto_db', async (connection) => {
      await connection.execute('begin')
      await connection.execute(`lock table ${table} in ${mode} mode`)
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
