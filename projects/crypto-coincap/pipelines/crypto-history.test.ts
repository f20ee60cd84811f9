import { batchId, scheduledRunKey } from '@sluice/core'
import { pastBodies } from '@sluice/simulator-coincap'
import { integer, sql } from 'sluice'
import { testWorld, type World } from 'sluice/testing'
import { expect, test } from 'vitest'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import history from './crypto-history.ts'

const tick = Date.parse('2026-11-20T00:00:00Z')
const dayMs = 86_400_000

test('a day whose bodies are in bronze reaches the rollups, and without them there is nothing to do', async () => {
  await using world = await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien],
  })
  const at = { key: scheduledRunKey(tick), interval: { start: tick - dayMs, end: tick } }

  const empty = await world.run(history, at)
  expect(empty.tasks.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'skipped'))

  const dataset = 'crypto-coincap:lake.bronze.coincap_assets'
  const identity = { project: 'crypto-coincap', pipeline: 'crypto_history', task: 'land_snapshots', mapKey: null, dataset, write: 'main' }
  const batch = batchId({ ...identity, runKey: at.key })
  await world.lake.land({ ...identity, run: 'synthetic', attempt: 1, batch, generation: 1, logicalTime: tick, inputs: [] }, pages())

  const run = await world.run(history, at)
  expect(run.state).toBe('success')
  expect(await counts(world)).toEqual({ rows: 480, hours: 240, in_hours: 480, in_days: 480 })

  // What the warehouse keeps for a week only does not come back, and what is kept for ever is not made of less.
  const cleaning = { ...identity, task: 'clean', run: 'r', attempt: 1, batch: 'cleaning', generation: 0, logicalTime: tick, inputs: [] }
  const before = tick - 2 * 3_600_000
  const of = { ...cleaning, dataset: 'crypto-coincap:warehouse.public.crypto_temps_reel' }
  await world.warehouse.retain({ write: of, table: cryptoTempsReel, column: 'timestamp_import', before, timeZone: 'UTC' })
  const kept = await counts(world)
  expect(kept).toEqual({ rows: 40, hours: 240, in_hours: 480, in_days: 480 })
  const again = await world.run(history, { ...at, generation: 2 })
  expect(again.state).toBe('success')
  expect(await counts(world)).toEqual(kept)
})

async function counts(world: World) {
  const [found] = await world.rows(
    { rows: integer(), hours: integer(), in_hours: integer(), in_days: integer() },
    sql`
      select (select count(*)::integer from ${cryptoTempsReel}) as rows, (select count(*)::integer from ${cryptoHoraire}) as hours,
        (select sum(instantanes)::integer from ${cryptoHoraire}) as in_hours, (select sum(instantanes)::integer from ${cryptoQuotidien}) as in_days`,
  )
  return found
}

async function* pages() {
  for (const { at, request, body } of pastBodies({ from: tick - dayMs, to: tick, everyMs: 1_800_000, count: 10 })) {
    yield await Promise.resolve({ source: 'coincap (synthetic)', request, receivedAt: at, body })
  }
}
