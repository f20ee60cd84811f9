import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const stateDir = mkdtempSync(join(tmpdir(), 'sluice-repository-'))
afterAll(() => rmSync(stateDir, { recursive: true, force: true }))

const sluice = (...args: readonly string[]) => {
  const bin = fileURLToPath(import.meta.resolve('../../bin/sluice.js'))
  const env = { ...process.env, NO_COLOR: '1', SLUICE_STATE_DIR: stateDir }
  return spawnSync(process.execPath, [bin, ...args], { cwd: join(bin, '../../../..'), env, encoding: 'utf8' })
}

test('the projects of this repository are valid', () => {
  const { status, stdout } = sluice('validate')
  expect(stdout).toContain('no errors')
  expect(status).toBe(0)
})

test('the models of this repository give what their tests expect', () => {
  const { status, stdout } = sluice('models', 'test')
  expect(stdout).toMatch(/[1-9]\d* tests?, ok\n/)
  expect(status).toBe(0)
})
