import { access, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLoader } from '@sluice/definitions'
import { markVariable } from '@sluice/process'
import { cachedLoader, readSettings } from '@sluice/settings'
import { expect, test } from 'vitest'
import { loadSettings } from './settings.ts'
import { platformFolder } from './testing/index.ts'

const example = fileURLToPath(new URL('../../../../examples/lake', import.meta.url))

test('a configuration is imported once, and again when a file that it imports, the environment or the packages have changed', async () => {
  await using folder = await platformFolder([example])
  const project = join(folder.root, 'projects/lake')
  await mkdir(folder.stateDir)
  await writeFile(join(project, 'zone.ts'), "export const zone = 'Europe/Paris'\n")
  await writeFile(
    join(project, 'sluice.config.ts'),
    "import { project } from 'sluice'\nimport { zone } from './zone.ts'\nexport default project({ name: 'lake', timeZone: zone })\n",
  )
  let opened = 0
  const zoneWith = async (env: Readonly<Record<string, string>> = {}): Promise<string | undefined> => {
    const cached = cachedLoader(
      (options) => {
        opened += 1
        return openLoader(options)
      },
      join(folder.stateDir, 'configuration'),
      env,
    )
    return (await readSettings({ root: folder.root, env: {}, openLoader: cached })).projects[0]?.project.timeZone
  }
  expect([await zoneWith(), opened]).toEqual(['Europe/Paris', 1])
  const ofOurOwn = { PWD: '/elsewhere', [markVariable]: 'http.1/2' }
  expect([await zoneWith(), await zoneWith(ofOurOwn), opened]).toEqual(['Europe/Paris', 'Europe/Paris', 1])
  await writeFile(join(project, 'zone.ts'), "export const zone = 'Asia/Tokyo'\n")
  expect([await zoneWith(), opened]).toEqual(['Asia/Tokyo', 2])
  expect([await zoneWith(), opened]).toEqual(['Asia/Tokyo', 2])
  expect([await zoneWith({ REGION: 'eu' }), opened]).toEqual(['Asia/Tokyo', 3])
  await writeFile(join(project, 'zone.ts'), 'export const zone = 3\n')
  await expect(zoneWith()).rejects.toMatchObject({ code: 'config.invalid' })
  await expect(zoneWith()).rejects.toMatchObject({ code: 'config.invalid' })
})

test('asking for the configuration of a folder that has no state makes none; where there is one, only its owner may read what is kept', async () => {
  await using folder = await platformFolder([example])
  await loadSettings({ root: folder.root, env: {} })
  await expect(access(folder.stateDir)).rejects.toThrow()
  await mkdir(folder.stateDir)
  const first = await loadSettings({ root: folder.root, env: {} })
  expect(await readdir(join(folder.stateDir, 'configuration'))).toHaveLength(2)
  expect(await loadSettings({ root: folder.root, env: {} })).toEqual(first)
})
