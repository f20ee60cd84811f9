import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findRoot } from './root.ts'

let base: string
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'sluice root ')))
})
afterEach(() => rm(base, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(base, path)), { recursive: true })
  await writeFile(join(base, path), text)
}
const platform = (projects: string): string => `import { platform } from 'sluice'\nexport default platform({ projects: ${projects} })\n`
const project = `import { project } from 'sluice'\nexport default project({ name: 'shop', platform: { port: 0 } })\n`
const rootFrom = (path: string): string => findRoot(join(base, path), {})

test('a platform is found from the folder of one of its projects and from below it', async () => {
  await write('sluice.config.ts', platform("['projects/shop']"))
  await write('projects/shop/sluice.config.ts', project)
  await mkdir(join(base, 'projects/shop/pipelines'))
  expect(rootFrom('projects/shop/pipelines')).toBe(base)
  expect(rootFrom('projects/shop')).toBe(base)
})

test('a project that no platform above lists is a platform of its own', async () => {
  await write('mine/sluice.config.ts', project)
  await mkdir(join(base, 'mine/pipelines'))
  expect(rootFrom('mine/pipelines')).toBe(join(base, 'mine'))
  await write('sluice.config.ts', platform(`[\n  // 'mine',\n  "projects/shop",\n]`))
  expect(rootFrom('mine/pipelines'), 'inside of another platform').toBe(join(base, 'mine'))
})

test('a list of projects that is computed may hold any folder', async () => {
  await write('mine/sluice.config.ts', project)
  await write('sluice.config.ts', platform("[...readdirSync('projects')]"))
  expect(rootFrom('mine')).toBe(base)
})

test('SLUICE_ROOT comes before all of them', async () => {
  await write('sluice.config.ts', project)
  expect(findRoot(base, { SLUICE_ROOT: '/elsewhere' })).toBe('/elsewhere')
})
