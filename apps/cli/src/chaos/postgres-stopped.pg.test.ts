import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, pipeline } from './disturb.ts'
import { kill9, until } from './processes.ts'
import { snapshotOf } from './snapshot.ts'
import { frozenUpstream } from './upstream.ts'
import { openWorld } from './world.ts'

const openSql = `select count(*)::int as open from sluice.run where state in ('queued', 'running')`
const loadingSql = `
select 1 from sluice.task_run where state = 'running' and task in ('load_crypto_temps_reel', 'silver.assets', 'verify_results')`

test('PostgreSQL killed during loads comes back by itself, and every run ends successful with the same rows', {
  timeout: 120_000,
}, async () => {
  await using upstream = await frozenUpstream()
  const env = { COINCAP_BASE_URL: upstream.url, COINCAP_API_KEY: upstream.apiKey }
  await using world = await openWorld({ env })
  await using quiet = await openWorld({ env })
  const ticks = 6
  for (const each of [world, quiet]) {
    await each.start()
    await each.json('pipelines', 'pause', pipeline)
    await backfill(each, ticks)
    if (each === world) {
      for (let kill = 0; kill < 3; kill++) {
        await until('a load is under way, or all is done', async () => {
          const rows = await world.query('sluice', `${loadingSql} union all select 1 from (${openSql}) o where open = 0`).catch(() => [])
          return rows.length > 0
        })
        const postmaster = await world.postmaster()
        if (postmaster !== undefined) kill9(postmaster)
        await until('PostgreSQL is back', async () => {
          const now = await world.postmaster()
          return now !== undefined && now !== postmaster
        })
      }
    }
    await until(
      'all runs have ended',
      async () => (await each.query<{ open: number }>('sluice', openSql).catch(() => []))[0]?.open === 0,
      60_000,
    )
  }
  expect(differences(await snapshotOf(quiet), await snapshotOf(world))).toEqual([])
})
