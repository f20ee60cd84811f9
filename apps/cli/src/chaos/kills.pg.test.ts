import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, disturb, pipeline } from './disturb.ts'
import { until } from './processes.ts'
import { killsOf } from './seeded.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import { environmentOf, frozenUpstream } from './upstream.ts'
import { type ChaosWorld, openWorld } from './world.ts'

const long = process.env.SLUICE_TEST_LONG === '1'
const kills = Number(process.env.SLUICE_CHAOS_KILLS ?? (long ? 200 : 20))
const seed = Number(process.env.SLUICE_CHAOS_SEED ?? Date.now() % 1_000_000)

const attemptsSql = 'select state, count(*)::int as n from sluice.attempt group by state order by state'

test(`${kills} kills of workers, platform, PostgreSQL and everything leave what an undisturbed world leaves`, {
  timeout: long ? 3_600_000 : 240_000,
}, async () => {
  console.info(`chaos: seed ${seed}; SLUICE_CHAOS_SEED=${seed} repeats it`)
  await using upstream = await frozenUpstream()
  const env = environmentOf(upstream)

  await using disturbed = await openWorld({ env })
  const platform = await disturbed.start()
  // The clock's own ticks would come to one world and not to the other.
  await disturbed.json('pipelines', 'pause', pipeline)
  const began = performance.now()
  const { ticks, done } = await disturb(disturbed, platform, killsOf(seed, kills))
  const attempts = await disturbed.query<{ state: string; n: number }>('sluice', attemptsSql)
  console.info(
    `chaos: ${ticks} runs under ${JSON.stringify(done)} in ${Math.round(performance.now() - began)} ms; attempts: ${attempts.map(({ state, n }) => `${n} ${state}`).join(', ')}`,
  )
  const found = await snapshotOf(disturbed)

  await using quiet = await openWorld({ env })
  const wanted = await undisturbed(quiet, ticks)
  expect(wanted.warehouse.filter((line) => line.includes('"crypto_temps_reel"'))).toHaveLength(ticks * 120)
  expect(differences(wanted, found)).toEqual([])

  // The check can fail: each damage done by hand is told.
  const damaged = async (database: string, sql: string): Promise<readonly string[]> => {
    await disturbed.query(database, sql)
    return differences(wanted, await snapshotOf(disturbed))
  }
  expect(
    await damaged(
      'crypto_db',
      `delete from crypto_temps_reel where crypto_id = 'bitcoin' and timestamp_import = (select min(timestamp_import) from crypto_temps_reel)`,
    ),
  ).toEqual([
    expect.stringContaining('warehouse: 1 missing'),
    expect.stringContaining('loads: 1 missing'),
    expect.stringContaining('loads: 1 too many'),
    expect.stringContaining('119 rows there, 120 in the receipt'),
  ])
})

async function undisturbed(world: ChaosWorld, ticks: number): Promise<Snapshot> {
  await world.start()
  await world.json('pipelines', 'pause', pipeline)
  await backfill(world, ticks)
  const open = `select count(*)::int as open from sluice.run where state in ('queued', 'running')`
  await until('all runs have ended', async () => (await world.query<{ open: number }>('sluice', open))[0]?.open === 0, 300_000)
  return await snapshotOf(world)
}
