import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { systemFault } from './system.ts'

test.each([
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['darwin', 'arm64'],
  ['darwin', 'x64'],
])('a state can be opened on %s %s', (platform, arch) => {
  expect(systemFault(platform, arch)).toBeUndefined()
})

test.each([
  ['win32', 'x64', 'Windows (x64)', 'WSL 2'],
  ['linux', 'ia32', 'linux (ia32)', 'x64 or arm64'],
  ['freebsd', 'x64', 'freebsd (x64)', 'Linux or macOS'],
])('%s %s is refused by name, with a way out', (platform, arch, named, way) => {
  const fault = systemFault(platform, arch)
  expect(fault).toMatchObject({ code: 'config.system', message: `Sluice does not run on ${named}` })
  expect(fault?.next).toContain(way)
})

const workspace = join(import.meta.dirname, '../../../../..')
const bin = join(workspace, 'apps/cli/bin/sluice.js')

/** The command as it would be on Windows, as far as it looks at the name of the system. */
function onWindows(folder: string, ...args: readonly string[]) {
  const pretends = join(folder, 'windows.mjs')
  writeFileSync(pretends, `Object.defineProperty(process, 'platform', { value: 'win32' })\n`)
  symlinkSync(join(workspace, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'sluice.config.ts'), `import { platform } from 'sluice'\nexport default platform({ projects: [] })\n`)
  return spawnSync(process.execPath, ['--import', pathToFileURL(pretends).href, bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, SLUICE_URL: '', SLUICE_TOKEN: '' },
  })
}

test.each([['start'], ['runs', 'list']])('on Windows, sluice %s is refused before it makes a file', (...args) => {
  const folder = mkdtempSync(join(tmpdir(), 'windows-'))
  const { status, stderr } = onWindows(folder, ...args)
  expect(stderr).toContain('config.system')
  expect(stderr).toContain('Sluice does not run on Windows')
  expect(stderr).toContain('WSL 2')
  expect(status).toBe(1)
  expect(existsSync(join(folder, '.sluice'))).toBe(false)
})

test('on Windows, what opens no state works: help, and a doctor that names the fault', () => {
  const [folder, other] = [mkdtempSync(join(tmpdir(), 'windows-')), mkdtempSync(join(tmpdir(), 'windows-'))]
  expect(onWindows(folder, '--help').status).toBe(0)
  const { status, stdout } = onWindows(other, 'doctor')
  expect(stdout).toContain('Sluice does not run on Windows')
  expect(status).toBe(1)
})
