import { afterAll, beforeAll, expect, test } from 'vitest'
import { meteo } from '../../testing/meteo.ts'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'

let platform: PlatformOnDisk
beforeAll(async () => {
  const file = 'projects/meteo/pipelines/meteo.ts'
  platform = await platformOnDisk({
    ...meteo,
    'sluice.config.ts':
      "import { platform } from 'sluice'\nexport default platform({ projects: ['projects/meteo'], mailGroups: { ops: 'ops@example.org' }, port: 0 })\n",
    [file]: meteo[file].replace("'append'", "'apend'"),
  })
})
afterAll(async () => await platform[Symbol.asyncDispose]())

test('a definition that does not load is told at the start, with its place; the others run', async () => {
  const server = await platform.stay('mode is "apend"', 'start')
  expect(server.output()).toMatch(
    /error {2}projects\/meteo\/pipelines\/meteo\.ts:\d+:\d+[\s\S]*next {3}Write 'append', 'new', 'upsert', 'scd2' or 'full'\./,
  )
  await server.end('SIGTERM')
})

test('dev tells it too, and that it has found no more errors beside it', async () => {
  const server = await platform.stay('no more errors', 'dev')
  expect(server.output()).toMatch(/mode is "apend"[\s\S]*: no more errors/)
  await server.end('SIGTERM')
})
