import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { long } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { backfill, collecting, monitoring, skipTicks, untilQuiet } from './disturb.ts'
import { until } from './processes.ts'
import { snapshotOf } from './snapshot.ts'
import { environmentOf, frozenUpstream } from './upstream.ts'
import { openWorld } from './world.ts'

const hours = long ? 12 : 1
const endedSql = `select count(*)::int as n from sluice.task_run where state = 'success'`
const openSql = `select count(*)::int as n from sluice.run where state in ('queued', 'running')`

test('a platform is saved while it runs: restored in another folder, it goes on and leaves the same rows', async () => {
  await using upstream = await frozenUpstream()
  const env = environmentOf(upstream)
  const to = await mkdtemp(join(tmpdir(), 'backups '))
  await using here = await openWorld({ env })
  await here.start()
  await skipTicks(here)
  for (const each of [collecting, monitoring]) await backfill(here, hours, each)
  await until('some tasks have ended', async () => ((await here.query<{ n: number }>('sluice', endedSql))[0]?.n ?? 0) > 5)
  const { manifest } = await here.json<{ manifest: { databases: unknown[]; trees: { tree: string; files: number }[] } }>(
    'backup',
    '--to',
    to,
  )
  expect(manifest.databases).toHaveLength(2)
  expect(manifest.trees.find(({ tree }) => tree === 'lake')?.files).toBeGreaterThan(2)
  await untilQuiet(here)
  const wanted = await snapshotOf(here)

  await using there = await openWorld({ env, withoutCluster: true })
  const restored = await there.json<{ notes: string[] }>('restore', to)
  expect(restored.notes).toEqual([])
  const ended = { restored: 0, open: 0 }
  await there.start()
  ended.open = (await there.query<{ n: number }>('sluice', openSql))[0]?.n ?? 0
  await untilQuiet(there)
  expect(differences(wanted, await snapshotOf(there))).toEqual([])
  console.info(`restored with ${ended.open} runs under way`)
})
