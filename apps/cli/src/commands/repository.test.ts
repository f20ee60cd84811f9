import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('the projects of this repository are valid', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'sluice-repository-'))
  const bin = fileURLToPath(import.meta.resolve('../../bin/sluice.js'))
  const env = { ...process.env, NO_COLOR: '1', SLUICE_STATE_DIR: stateDir }
  const { status, stdout } = spawnSync(process.execPath, [bin, 'validate'], { cwd: join(bin, '../../../..'), env, encoding: 'utf8' })
  rmSync(stateDir, { recursive: true, force: true })
  expect(stdout).toContain('no errors')
  expect(status).toBe(0)
})
