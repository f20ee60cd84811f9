import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { long } from '@sluice/core/testing'
import { afterAll, expect, test } from 'vitest'
import { playGuide } from '../../../../scripts/guide/play.ts'

const workspace = fileURLToPath(import.meta.resolve('../../../../'))
const guide = readFileSync(join(workspace, 'docs/guide/first-pipeline.md'), 'utf8')
const around = join(realpathSync(mkdtempSync(join(tmpdir(), 'sluice-guide-'))), 'a person')
afterAll(() => rmSync(dirname(around), { recursive: true, force: true }))

/** What a person types, in a shell of its own as a terminal has it. */
function type(line: string, folder: string): string {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|npm_|VITEST|TEST$)/.test(name))
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
    cwd: folder,
    env: { ...Object.fromEntries(own), NO_COLOR: '1', SLUICE_WORKERS: '1' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`$ ${line}\n${stdout}${stderr}`)
  return stripVTControlCharacters(stdout + stderr)
}

/** What `npm create` does, with the packages of this workspace in place of those that npm would install. */
function create(line: string, folder: string): string {
  const [, name = '', options = ''] = /^npm create sluice@latest ([\w-]+)(?: -- (.*))?$/.exec(line) ?? []
  const output = type(`node "${join(workspace, 'apps/create/bin/create-sluice.js')}" ${name} --skip-install --skip-git ${options}`, folder)
  symlinkSync(join(workspace, 'node_modules'), join(folder, name, 'node_modules'))
  return output
}

test('the guide of the first pipeline, typed from an empty folder, ends in rows, a check, a mail and a picture of the run', async () => {
  mkdirSync(around, { recursive: true })
  const played = await playGuide(guide, {
    folder: around,
    type: async (line, folder) => {
      if (line.startsWith('npm create ')) return create(line, folder)
      // What starts a server shows in the short form what the guide says.
      return long || line === 'npm test' ? type(line, folder) : guide
    },
  })
  expect(played.typed).toBeGreaterThan(8)
  expect(played.seen).toBeGreaterThan(10)
})
