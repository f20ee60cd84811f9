import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareStateDir } from './state-dir.ts'

let folder: string
let mask: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice state '))
  mask = process.umask(0o022)
})
afterEach(async () => {
  process.umask(mask)
  await rm(folder, { recursive: true, force: true })
})

const rightsOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

test("a new state directory is its owner's alone, and so is what this process and its children make from then on", async () => {
  const state = join(folder, 'deep', '.sluice')
  await prepareStateDir(state)
  await mkdir(join(state, 'lake'))
  await writeFile(join(state, 'lake', 'file'), 'rows')
  spawnSync('sh', ['-c', 'mkdir child && echo rows > child/file'], { cwd: state })
  expect(await rightsOf(state)).toBe('700')
  for (const [path, rights] of [
    ['lake', '700'],
    ['lake/file', '600'],
    ['child', '700'],
    ['child/file', '600'],
    ['.gitignore', '600'],
  ] as const)
    expect([path, await rightsOf(join(state, path))]).toEqual([path, rights])
})

test.each([0o755, 0o701, 0o710, 0o702, 0o777])('a state directory that others may enter is refused: %o', async (rights) => {
  await writeFile(join(folder, 'profile'), 'demo\n')
  await chmod(folder, rights)
  await expect(prepareStateDir(folder)).rejects.toMatchObject({
    code: 'config.invalid',
    facts: { stateDir: folder, rights: rights.toString(8) },
    next: expect.stringContaining(`chmod -R go= '${folder}'`) as string,
  })
})

test('an empty folder that was made before is closed', async () => {
  await chmod(folder, 0o755)
  await prepareStateDir(folder)
  expect(await rightsOf(folder)).toBe('700')
  await prepareStateDir(folder)
})
