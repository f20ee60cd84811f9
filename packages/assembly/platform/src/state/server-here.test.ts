import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownerToken } from '@sluice/serve/owner'
import { expect, test } from 'vitest'
import { plainStateDir } from '../plain-state-dir.ts'
import { loadSettings } from '../settings.ts'
import { acquireLock } from './lock.ts'
import { serverHere } from './server-here.ts'

const modules = fileURLToPath(new URL('../../../../../node_modules', import.meta.url))

async function folder(config = 'projects: []', env?: string): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'sluice-here-')))
  await symlink(modules, join(root, 'node_modules'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await writeFile(join(root, 'sluice.config.ts'), `import { platform } from 'sluice'\nexport default platform({ ${config} })\n`)
  if (env !== undefined) await writeFile(join(root, '.env'), env)
  return root
}

test.each<[string, readonly [(string | undefined)?, string?], Readonly<Record<string, string>>, boolean]>([
  ['nothing said', [], {}, true],
  ['the environment', [], { SLUICE_STATE_DIR: 'elsewhere' }, true],
  [
    'the environment before all',
    ["projects: [], stateDir: 'configured'", 'SLUICE_STATE_DIR=filed\n'],
    { SLUICE_STATE_DIR: '/tmp/x' },
    true,
  ],
  ['an empty variable', [], { SLUICE_STATE_DIR: '' }, true],
  ['the configuration', ["projects: [], stateDir: 'configured'"], {}, true],
  ['.env', [undefined, '# where it is\nSLUICE_STATE_DIR=filed\n'], {}, true],
  ['.env before the configuration', ["projects: [], stateDir: 'configured'", "SLUICE_STATE_DIR='filed'\n"], {}, true],
  ['a comment', ["projects: [],\n// stateDir: 'old',\n"], {}, true],
  ['an expression', ["projects: [], stateDir: 'configured' + 1"], {}, false],
  ['a name that is computed', ["projects: [], stateDir: ['a', 'b'].join('/')"], {}, false],
  ['a line of .env that has more than a text', [undefined, 'SLUICE_STATE_DIR=filed # here\n'], {}, false],
])('the folder of the state is told as the configuration does, or not at all: %s', async (_, [config, file], env, told) => {
  const root = await folder(config, file)
  const { stateDir } = await loadSettings({ root, env })
  expect(await plainStateDir(root, env)).toBe(told ? stateDir : undefined)
})

test('a server is found with its key once it listens, and no more when it has ended', async () => {
  const root = await folder()
  const stateDir = join(root, '.sluice')
  await mkdir(stateDir)
  expect(await serverHere(root, {})).toBeUndefined()
  const lock = await acquireLock(stateDir)
  await writeFile(join(stateDir, 'key'), 'secret\n')
  expect(await serverHere(root, {})).toBeUndefined()
  await lock.listening('http://127.0.0.1:4400')
  expect(await serverHere(root, {})).toEqual({ url: 'http://127.0.0.1:4400', token: ownerToken('secret') })
  await lock.release()
  expect(await serverHere(root, {})).toBeUndefined()
})

test('who may not read the key is left to open the platform', async () => {
  const root = await folder()
  await mkdir(join(root, '.sluice'))
  const lock = await acquireLock(join(root, '.sluice'))
  await lock.listening('http://127.0.0.1:4400')
  expect(await serverHere(root, {})).toBeUndefined()
  await lock.release()
})
