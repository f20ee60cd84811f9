import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pipeline } from './disturb.ts'
import { environmentOf, frozenUpstream } from './upstream.ts'
import { openWorld, projectDir } from './world.ts'

interface Run {
  readonly id: string
  readonly state: string
  readonly taskRuns: readonly {
    readonly task: string
    readonly state: string
    readonly error: { readonly code: string; readonly next: string } | null
  }[]
}

/** A file system of its own over the folder, unless this account may not mount; taken away even while somebody uses it. */
function smallDisk(folder: string): Disposable & { readonly mounted: boolean } {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'tmpfs', folder]).status === 0
  return {
    mounted,
    [Symbol.dispose]: () => {
      if (mounted) spawnSync('umount', ['-l', folder])
    },
  }
}

/** The real project, but what fails fails at once: its retries wait for half a minute, as they should. */
async function copyWithoutRetries(folder: string): Promise<void> {
  await cp(projectDir, folder, { recursive: true, filter: (path) => !/node_modules|\.test\.ts$/.test(path) })
  for (const file of ['sources/assets.ts', 'pipelines/crypto-data-pipeline.ts', 'settings/steps.ts']) {
    const text = await readFile(join(folder, file), 'utf8')
    await writeFile(join(folder, file), text.replaceAll(/attempts: \d/g, 'attempts: 1'))
  }
}

test('a full disk under the lake fails the run with disk.full and loses nothing; with room again the cleared task succeeds', async (context) => {
  await using upstream = await frozenUpstream()
  await using world = await openWorld({
    projects: ['crypto-coincap'],
    env: environmentOf(upstream),
  })
  await copyWithoutRetries(join(world.root, 'crypto-coincap'))
  const lake = join(world.stateDir, 'lake')
  await mkdir(lake, { recursive: true })
  using disk = smallDisk(lake)
  if (!disk.mounted) {
    console.warn('1 skipped: this account may not mount a small file system, so a full disk was not tried end to end')
    context.skip()
  }
  await world.start()
  await world.json('pipelines', 'rewind', pipeline, '--to', '2099-01-01')
  expect((await world.sluice('pipelines', 'trigger', pipeline, '--wait')).code).toBe(0)
  const before = await world.sluice('lake', 'read', 'silver.assets')
  expect(JSON.parse(before.stdout)).toHaveLength(120)

  const ballast = join(lake, 'ballast')
  await writeFile(ballast, Buffer.alloc(4 << 20)).catch(() => undefined)
  const failed = await world.sluice('pipelines', 'trigger', pipeline, '--wait', '--json')
  expect(failed.code).toBe(1)
  const detail = JSON.parse(failed.stdout) as Run
  const [victim] = detail.taskRuns.filter(({ state }) => state === 'failed')
  expect([detail.state, victim?.error?.code]).toEqual(['failed', 'disk.full'])
  expect(victim?.error?.next).toMatch(/\w/)

  expect((await world.sluice('lake', 'read', 'silver.assets')).stdout).toBe(before.stdout)
  await rm(ballast)
  const cleared = await world.json<Run>('tasks', 'clear', pipeline, victim?.task ?? '', '--run', detail.id, '--yes')
  expect(cleared.state).toBe('success')
  const after = await world.sluice('lake', 'read', 'silver.assets')
  expect(JSON.parse(after.stdout)).toHaveLength(240)
})
