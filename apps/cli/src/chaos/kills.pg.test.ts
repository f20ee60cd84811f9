import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, collecting, disturb, monitoring, pauseSchedules } from './disturb.ts'
import { until } from './processes.ts'
import { killsOf } from './seeded.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import { environmentOf, frozenUpstream } from './upstream.ts'
import { type ChaosWorld, openWorld } from './world.ts'

const long = process.env.SLUICE_TEST_LONG === '1'
const kills = Number(process.env.SLUICE_CHAOS_KILLS ?? (long ? 200 : 20))
const seed = Number(process.env.SLUICE_CHAOS_SEED ?? Date.now() % 1_000_000)

const attemptsSql = 'select state, count(*)::int as n from sluice.attempt group by state order by state'

test(`${kills} kills of workers, platform, PostgreSQL and everything leave of both pipelines what an undisturbed world leaves`, {
  timeout: 60_000 + kills * 15_000,
}, async () => {
  console.info(`chaos: seed ${seed}; SLUICE_CHAOS_SEED=${seed} repeats it`)
  await using upstream = await frozenUpstream()
  const env = environmentOf(upstream)

  await using disturbed = await openWorld({ env })
  const platform = await disturbed.start()
  await pauseSchedules(disturbed)
  const began = performance.now()
  // What the monitoring finds depends on the snapshots that are there: first all of them, then its own ticks, each under half of the kills.
  const planned = killsOf(seed, kills)
  const half = Math.ceil(kills / 2)
  const collected = await disturb(disturbed, platform, collecting, planned.slice(0, half))
  const collectedMs = performance.now() - began
  const monitored = await disturb(disturbed, collected.platform, monitoring, planned.slice(half))
  const monitoredMs = performance.now() - began - collectedMs
  const attempts = await disturbed.query<{ state: string; n: number }>('sluice', attemptsSql)
  console.info(
    `chaos: ${collected.ticks} data runs under ${JSON.stringify(collected.done)} in ${Math.round(collectedMs)} ms, ${monitored.ticks} monitoring runs under ${JSON.stringify(monitored.done)} in ${Math.round(monitoredMs)} ms; attempts: ${attempts.map(({ state, n }) => `${n} ${state}`).join(', ')}`,
  )
  const found = await snapshotOf(disturbed)

  await using quiet = await openWorld({ env })
  const wanted = await undisturbed(quiet, collected.ticks, monitored.ticks)
  const rowsOf = (table: string): number => wanted.warehouse.filter((line) => line.includes(`"table": "${table}"`)).length
  expect(rowsOf('crypto_temps_reel')).toBe(collected.ticks * 120)
  expect(rowsOf('monitoring_stats')).toBe(monitored.ticks)
  expect(rowsOf('crypto_anomalies')).toBeGreaterThan(0)
  expect(differences(wanted, found)).toEqual([])
  // Backfills send no mail, and no run has failed.
  expect([...wanted.outboxes, ...found.outboxes]).toEqual([])

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
  expect(await damaged('crypto_db', 'delete from crypto_anomalies where ctid = (select min(ctid) from crypto_anomalies)')).toContainEqual(
    expect.stringContaining('warehouse: 2 missing'),
  )
})

async function undisturbed(world: ChaosWorld, collected: number, monitored: number): Promise<Snapshot> {
  await world.start()
  await pauseSchedules(world)
  const open = `select count(*)::int as open from sluice.run where state in ('queued', 'running')`
  const ended = async (): Promise<boolean> => (await world.query<{ open: number }>('sluice', open))[0]?.open === 0
  await backfill(world, collected, collecting)
  await until('all data runs have ended', ended, 300_000)
  await backfill(world, monitored, monitoring)
  await until('all monitoring runs have ended', ended, 300_000)
  return await snapshotOf(world)
}
