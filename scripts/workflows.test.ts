import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lines } from './release/lines.ts'
import { type Job, lessThan, looseActions, missingTools, recordedRun, releaseFaults, workflowOf } from './workflows.ts'
import { root } from './workspace.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const ci = workflowOf(read('.github/workflows/ci.yml')).jobs.test ?? {}
const script = join(root, '.ci/run')

/** Lies beside the repository on the team's machines only. */
const elsewhere = ['golden']

test('workflows name the actions of others by the hash of a commit, and say which version that is', () => {
  const files = globSync('.github/workflows/*.yml', { cwd: root })
  expect(files.length).toBeGreaterThan(0)
  expect(files.flatMap((file) => looseActions(read(file)))).toEqual([])
})

test.each(['actions/checkout@v4', 'actions/checkout@main # v4.3.1', `actions/checkout@${'a'.repeat(40)}`])('it bites on %s', (action) => {
  expect(looseActions(`    steps:\n      - uses: ${action}\n      - uses: ./.github/actions/own`)).toEqual([action])
})

test('workflows may read and no more, but for the jobs that say why', () => {
  for (const file of globSync('.github/workflows/*.yml', { cwd: root })) {
    expect(workflowOf(read(file)).permissions, file).toEqual({ contents: 'read' })
  }
})

test('GitHub runs what .ci/run runs and requires what it requires', () => {
  const steps = (ci.steps ?? []).filter(({ run }) => run?.includes('.ci/run'))
  expect(steps.map(({ run }) => run)).toEqual(['bash .ci/run'])
  const whole = recordedRun(script, {})
  expect(whole.join('\n')).toContain('npm test')
  expect(lessThan(whole, recordedRun(script, steps[0]?.env ?? {}), elsewhere)).toEqual([])
  expect(missingTools(ci)).toEqual([])
})

test('Linux on arm64, macOS and Windows are in the matrix, and one that fails hides none of the others', () => {
  const { systems } = workflowOf(read('.github/workflows/ci.yml')).jobs
  expect(systems?.strategy?.matrix?.os).toEqual(['ubuntu-24.04-arm', 'macos-15', 'windows-2025'])
  expect(systems?.strategy?.['fail-fast']).toBe(false)
})

test('a requirement less, a command less and a missing program are seen', () => {
  const whole = recordedRun(script, {})
  expect(lessThan(whole, recordedRun(script, { SLUICE_REQUIRE: 'delta-rs,spark,chdb' }), elsewhere)).toContain('old-postgres')

  const shorter = mkdtempSync(join(tmpdir(), 'ci-shorter-'))
  mkdirSync(join(shorter, '.ci'))
  cpSync(script, join(shorter, '.ci/run'))
  writeFileSync(join(shorter, '.ci/run'), read('.ci/run').replace(/^npm run demo.*$/m, ''))
  expect(lessThan(whole, recordedRun(join(shorter, '.ci/run'), {}), elsewhere)).toEqual(['npm run demo -- --once'])

  const steps = (ci.steps ?? []).filter(({ uses }) => !uses?.startsWith('actions/setup-go@'))
  expect(missingTools({ steps })).toEqual(['go'])
})

const release = workflowOf(read('.github/workflows/release.yml'))

test('only tags of releases publish, and only what the tests have passed, in a job that runs the code of nobody else', () => {
  const patterns = (release.on.push?.tags ?? []).map((tag) => new RegExp(`^${tag.replace('*', '.*')}$`))
  for (const { tag } of lines) expect(patterns.filter((pattern) => pattern.test(`${tag}1.2.3`))).toHaveLength(1)
  expect(patterns.filter((pattern) => pattern.test('version-1'))).toEqual([])
  expect(releaseFaults(release)).toEqual([])
  expect(Object.values(release.jobs).filter((job) => job?.permissions?.['id-token'] === 'write')).toHaveLength(1)
})

test.each<[string, (job: Job) => Job, string]>([
  ['no wait for the tests', ({ needs: _, ...job }) => job, 'publish may write and does not wait for the tests'],
  ['packages beside the right', (job) => ({ ...job, steps: [{ run: 'npm ci' }] }), 'publish may write and runs packages'],
  [
    'an expression in a command',
    (job) => ({ ...job, steps: [{ run: ['echo $', '{{ inputs.tag }}'].join('') }] }),
    'publish puts an expression into a command',
  ],
  ['no environment', ({ environment: _, ...job }) => job, 'publish publishes outside of an environment'],
  ['two rights', (job) => ({ ...job, permissions: { ...job.permissions, contents: 'write' } }), 'publish may write contents and id-token'],
])('of a release, %s is seen', (_, change, fault) => {
  const publish = change(release.jobs.publish ?? {})
  expect(releaseFaults({ ...release, jobs: { ...release.jobs, publish } })).toContain(fault)
})
