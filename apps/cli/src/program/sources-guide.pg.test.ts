import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { long } from '@sluice/core/testing'
import { afterAll, expect, test } from 'vitest'
import { playGuide } from '../../../../scripts/guide/play.ts'

const workspace = fileURLToPath(import.meta.resolve('../../../../'))
const guide = readFileSync(join(workspace, 'docs/guide/sources.md'), 'utf8')
const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'sluice-sources-'))), 'a person')
afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }))

function type(line: string, cwd: string): string {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|npm_|VITEST|TEST$)/.test(name))
  const env = { NO_COLOR: '1', SLUICE_WORKERS: '1', STORE_KEY: 'key', CRM_DB: 'postgres://reader:word@127.0.0.1:1/crm' }
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd, env: { ...Object.fromEntries(own), ...env }, encoding: 'utf8' })
  if (status !== 0) throw new Error(`$ ${line}\n${stdout}${stderr}`)
  return stripVTControlCharacters(stdout + stderr)
}

test('the guide of sources, typed beside its example, looks at a file, pulls it, and shows the row that does not fit', async () => {
  mkdirSync(folder, { recursive: true })
  cpSync(join(workspace, 'examples/sources'), folder, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  symlinkSync(join(workspace, 'node_modules'), join(folder, 'node_modules'))
  // What comes behind is of other examples.
  const [ours = ''] = guide.split('\n## Files in a folder')
  const played = await playGuide(ours, {
    folder,
    // What opens a platform shows in the short form what the guide says.
    type: async (line, cwd) => (long || line.startsWith('npx sluice sources sniff ') ? type(line, cwd) : guide),
  })
  expect(played.typed).toBeGreaterThan(5)
  expect(played.seen).toBeGreaterThan(15)
})
