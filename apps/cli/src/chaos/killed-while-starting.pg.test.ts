import { setTimeout as delay } from 'node:timers/promises'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { kill9, until } from './processes.ts'
import { writeShop } from './shop.ts'
import { openWorld } from './world.ts'

const kills = long ? 60 : 4
/** A first start on a slow machine: initdb, migrations, definitions, workers. */
const longestMs = 5_000

test('a platform killed anywhere in its first starts starts in the end, and runs', async () => {
  const random = seeded(seedOfRun())
  await using world = await openWorld({ projects: ['projects/shop'], withoutCluster: true })
  await writeShop(world)
  for (let kill = 0; kill < kills; kill++) {
    const child = world.launch('start')
    await delay(Math.floor(random.next() ** 2 * longestMs))
    const everything = random.chance(0.5)
    const postmaster = await world.postmaster()
    if (child.pid !== undefined) kill9(child.pid)
    if (everything) for (const pid of [...world.processes(), ...(postmaster === undefined ? [] : [postmaster])]) kill9(pid)
    await until('the killed process is gone', () => child.exitCode !== null || child.signalCode !== null)
  }
  await world.start()
  const ran = await world.sluice('pipelines', 'trigger', 'slow', '--wait')
  expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('success')])
})
