/** `npm test`: types, lint, then every test; closes with one line that counts them. `--long` runs the long forms as well. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './workspace.ts'

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const long = process.argv.includes('--long')
const filters = process.argv.slice(2).filter((argument) => argument !== '--long')
const scratch = mkdtempSync(join(tmpdir(), 'sluice-test-'))

const results = [check('types', 'tsc', ['--noEmit']), check('lint', 'biome', ['check', '.', '--colors=off', '--reporter=summary']), tests()]
const sum = (key: keyof Counts): number => results.reduce((total, counts) => total + counts[key], 0)

rmSync(scratch, { recursive: true, force: true })
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`)
process.exitCode = sum('failed') > 0 ? 1 : 0

function check(name: string, command: string, args: readonly string[]): Counts {
  const started = performance.now()
  const ok = run(command, args) === 0
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${Math.round(performance.now() - started)} ms)`)
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
}

function tests(): Counts {
  const report = join(scratch, 'vitest.json')
  const exit = run(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
    long ? { SLUICE_TEST_LONG: '1' } : {},
  )
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
      numFailedTestSuites: number
      numPendingTests: number
    }
    const failed = Math.max(counts.numFailedTests, counts.numFailedTests === 0 ? counts.numFailedTestSuites : 0, exit === 0 ? 0 : 1)
    return { passed: counts.numPassedTests, failed, skipped: counts.numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', command), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}
