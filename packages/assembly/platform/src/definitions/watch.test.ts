import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { versionOfFolder } from '@sluice/definitions'
import { expect, test } from 'vitest'
import { watchDefinitions } from './watch.ts'

async function project() {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-watch-'))
  await mkdir(join(dir, 'pipelines'))
  await writeFile(join(dir, 'pipelines/a.ts'), '1')
  const readings: PromiseWithResolvers<void>[] = []
  const version = await versionOfFolder(dir)
  const platform = {
    settings: { projects: [{ dir }] },
    definitions: async () => [{ dir, version }],
    reload: async () => {
      const reading = Promise.withResolvers<void>()
      readings.push(reading)
      await reading.promise
      return []
    },
  }
  const began = async (count: number): Promise<void> => {
    while (readings.length < count) await delay(5)
  }
  return { dir, platform, readings, began }
}

test('what is saved while the definitions are read is read once more, not once for each save', async () => {
  const { dir, platform, readings, began } = await project()
  const watching = watchDefinitions(platform, { reloaded: () => undefined, failed: (error) => expect.unreachable(String(error)) })
  await writeFile(join(dir, 'pipelines/a.ts'), 'while (true) {}')
  await began(1)
  for (let save = 0; save < 6; save++) {
    await writeFile(join(dir, 'pipelines/a.ts'), `${save}`)
    await delay(100)
  }
  readings[0]?.resolve()
  await began(2)
  readings[1]?.resolve()
  await watching.close()
  expect(readings.length).toBe(2)
})

test('what was saved between the reading of the start and the first watcher is read', async () => {
  const { dir, platform, readings, began } = await project()
  await writeFile(join(dir, 'pipelines/a.ts'), '2')
  const watching = watchDefinitions(platform, { reloaded: () => undefined, failed: (error) => expect.unreachable(String(error)) })
  await began(1)
  readings[0]?.resolve()
  await watching.close()
})
