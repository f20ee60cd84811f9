import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../workspace.ts'
import { processesOf } from './leftovers.ts'
import { type RunRecord, tallyOf } from './tally.ts'

/** Runs a file that misbehaves as the suite runs its own. */
function run(fixtures: readonly string[], surroundings: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  const [record, pids] = [join(folder, 'record.json'), join(folder, 'pids')]
  writeFileSync(pids, '')
  const args = ['run', '--config', join(import.meta.dirname, 'fixtures/vitest.config.ts'), ...fixtures.map((name) => `${name}.fixture.ts`)]
  const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), args, {
    cwd: root,
    env: { ...process.env, ...surroundings, TMPDIR: folder, LEFT_RUNNING: pids, SLUICE_TEST_RECORD: record, SLUICE_TEST_GRACE_MS: '5000' },
    timeout: 500_000,
  })
  return {
    tally: tallyOf(existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as RunRecord) : undefined, status ?? 1),
    started: readFileSync(pids, 'utf8').trim().split('\n').filter(Boolean).map(Number),
    running: processesOf(folder),
    files: readdirSync(folder).filter((name) => name.startsWith('sluice-tests-')),
  }
}

test('what does not end well counts as failed: a file that does not load, a promise that nobody waits for, a hook', () => {
  const { tally } = run(['goes-well', 'does-not-load', 'rejects', 'hook-fails'])
  expect(tally).toMatchObject({ passed: 3, failed: 3 })
  expect(tally.failures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/does-not-load\.fixture\.ts > the file: this file does not load$/),
      expect.stringMatching(/hook-fails\.fixture\.ts > around a group: the server does not start$/),
      'outside of any test: nobody waits for this',
    ]),
  )
})

test.runIf(process.platform === 'linux').each([
  ['leaves-fails', 1, /the test fails$/],
  ['leaves-passes', 1, /the tests of this file left processes: .*sleep 600/],
  ['leaves-dies', 2, /leaves-dies/],
])('no process and no file outlives a file of tests: %s', (fixture, failed, reason) => {
  const { tally, started, running, files } = run([fixture])
  expect(started).toHaveLength(2)
  expect(running).toEqual([])
  expect(files).toEqual([])
  expect(tally.failed, tally.failures.join('\n')).toBe(failed)
  expect(tally.failures.join('\n')).toMatch(reason)
})

test.each([
  { CI: 'true', NO_COLOR: '' },
  { FORCE_COLOR: '1', NO_COLOR: '' },
])('tests read plain text where %o asks for colours', (asks) => {
  expect(run(['reads-plain-text'], asks).tally).toMatchObject({ passed: 1, failed: 0 })
})
