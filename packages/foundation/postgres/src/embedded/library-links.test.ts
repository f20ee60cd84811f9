import { spawnSync } from 'node:child_process'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { findBinaries } from './binaries.ts'
import { libraryEnvironment } from './library-links.ts'

const { native: installed } = await findBinaries({})
const root = process.getuid?.() === 0
const account = root ? { uid: 65534, gid: 65534 } : {}
const folders: string[] = []
let native = ''
let cache = ''

if (installed === undefined) console.warn('skipped: no platform package is installed, so its library links were not tried')

/** The package as an installer leaves it that runs no scripts: without links. */
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice libraries '))
  folders.push(folder)
  await chmod(folder, 0o755)
  native = join(folder, 'native')
  cache = join(folder, 'cache')
  const wanted = async (path: string): Promise<boolean> =>
    !(await lstat(path)).isSymbolicLink() && !path.endsWith('.a') && !path.endsWith('share')
  await cp(installed ?? '', native, { recursive: true, filter: wanted })
})

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const version = (program: string, env: Record<string, string>): string =>
  String(spawnSync(join(native, 'bin', program), ['--version'], { env, encoding: 'utf8', ...account }).stdout)

test.skipIf(installed === undefined)('missing links are made where they belong, also by several at once', async () => {
  expect(version('initdb', {})).toBe('')
  const environments = await Promise.all([1, 2, 3, 4].map(() => libraryEnvironment(native, cache)))
  expect(environments).toEqual([{}, {}, {}, {}])
  expect(version('initdb', {})).toContain('PostgreSQL')
  expect(version('postgres', {})).toContain('PostgreSQL')
})

test.skipIf(installed === undefined)(
  'where the package cannot be written, the links go to the cache and the programs find them there',
  async () => {
    await mkdir(cache)
    await chmod(cache, 0o777)
    await chmod(join(native, 'lib'), 0o555)
    const script = fileURLToPath(new URL('./fixtures/link-libraries.ts', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, [script, native, cache], { encoding: 'utf8', cwd: '/', ...account })
    expect(stderr).toBe('')
    const environment = JSON.parse(stdout) as Record<string, string>
    expect(Object.values(environment)[0]).toContain(cache)
    expect(await readdir(cache)).not.toEqual([])
    expect(version('initdb', environment)).toContain('PostgreSQL')
    expect(version('postgres', environment)).toContain('PostgreSQL')
  },
)
