import { long, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, collecting, disturb, monitoring, skipTicks, untilQuiet } from './disturb.ts'
import { killsOf } from './kills.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import { environmentOf, frozenUpstream } from './upstream.ts'
import { type ChaosWorld, openWorld } from './world.ts'

const kills = Number(process.env.SLUICE_CHAOS_KILLS ?? (long ? 200 : 6))

const deletedSql = 'select sum(rows_deleted)::int as deleted from public.sluice_loads'
const attemptsSql = 'select state, count(*)::int as n from sluice.attempt group by state order by state'

test(`${kills} kills of workers, platform, PostgreSQL and everything leave of both pipelines what an undisturbed world leaves`, async () => {
  await using upstream = await frozenUpstream()
  const env = environmentOf(upstream)

  await using disturbed = await openWorld({ env })
  const platform = await disturbed.start()
  await skipTicks(disturbed)
  const began = performance.now()
  const { hours, done } = await disturb(disturbed, platform, killsOf(seedOfRun(), kills))
  const attempts = await disturbed.query<{ state: string; n: number }>('sluice', attemptsSql)
  console.info(
    `chaos: ${hours} hours of both pipelines under ${JSON.stringify(done)} in ${Math.round(performance.now() - began)} ms; attempts: ${attempts.map(({ state, n }) => `${n} ${state}`).join(', ')}`,
  )
  for (const { pipeline } of [collecting, monitoring])
    expect(
      Object.keys(done).some((kill) => kill.startsWith(pipeline)),
      pipeline,
    ).toBe(true)
  const found = await snapshotOf(disturbed)

  await using quiet = await openWorld({ env })
  const wanted = await undisturbed(quiet, hours)
  const rowsOf = (table: string) =>
    wanted.warehouse.map((line) => JSON.parse(line) as Record<string, unknown>).filter((row) => row.table === table)
  const [{ deleted } = { deleted: 0 }] = await quiet.query<{ deleted: number }>('crypto_db', deletedSql)
  expect(rowsOf('crypto_temps_reel')).toHaveLength(hours * 2 * 120 - deleted)
  // Every check looked at the snapshot of its hour, and found something in it.
  const checks = rowsOf('monitoring_stats')
  expect(checks).toHaveLength(hours)
  const behind = checks.map(({ snapshot, check_timestamp }) => Date.parse(String(check_timestamp)) - Date.parse(String(snapshot)))
  expect(new Set(behind)).toEqual(new Set([monitoring.afterMs]))
  expect(new Set(rowsOf('crypto_anomalies').map(({ snapshot }) => snapshot)).size).toBe(hours)
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

/** Fewer days at once than the raw data is kept: a check must find its snapshot. */
const hoursInTurn = 120

async function undisturbed(world: ChaosWorld, hours: number): Promise<Snapshot> {
  await world.start()
  await skipTicks(world)
  for (let until = 0; until < hours; ) {
    until = Math.min(until + hoursInTurn, hours)
    for (const each of [collecting, monitoring]) {
      await backfill(world, until, each)
      await untilQuiet(world)
    }
  }
  return await snapshotOf(world)
}
