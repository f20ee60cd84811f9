/**
 * `npm test`: types, lint, then every test; closes with one line that counts them. `--long` runs the long forms as well, `--changed [REF]`
 * only what the changes since REF touch (origin/main by default), `FOLDER...` the tests of folders.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changedFiles } from './suite/changed-files.ts'
import { readNeeds } from './suite/needs.ts'
import { clearAbandoned } from './suite/run-folder.ts'
import { closing, costOf, dearest, nothing, type RunRecord, secondsOf, sumOf, type Tally, tallyOf } from './suite/tally.ts'
import { touchedBy } from './suite/touched.ts'
import { root } from './workspace.ts'

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, changed: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const started = performance.now()
const selected = select()

/** Told to stop, this process passes it on, starts nothing more, and still clears up. */
const running = new Set<ChildProcess>()
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true
    for (const child of running) child.kill(signal)
  })
}

const tallies = await Promise.all([
  check('types', 'tsc', ['--noEmit', '--singleThreaded']),
  check('lint', 'biome', ['check', '.', '--colors=off', '--reporter=summary']),
])
const total = sumOf([...tallies, await tests()])

for (const failure of total.failures) console.log(`FAIL ${failure}`)
console.log(`\n${secondsOf(performance.now() - started)}`)
console.log(closing(total))
process.exitCode = total.failed > 0 ? 1 : 0

/** Decided before anything is started. */
function select(): readonly string[] {
  if (!values.changed) return positionals
  try {
    return touchedBy(changedFiles(positionals[0] ?? 'origin/main'), readNeeds())
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

async function check(name: string, command: string, args: readonly string[]): Promise<Tally> {
  const began = performance.now()
  const { code, output } = await run(command, args, 'pipe')
  console.log(`${output}${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${Math.round(performance.now() - began)} ms)`)
  return code === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: 1, failures: [name] }
}

async function tests(): Promise<Tally> {
  if (values.changed) console.log(`tests of ${selected.length === 0 ? 'everything' : selected.join(', ')}`)
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-record-'))
  const file = join(scratch, 'record.json')
  const reporters = ['--reporter=default', '--reporter=./scripts/suite/record.ts']
  try {
    const { code } = await run('vitest', ['run', ...reporters, ...selected], 'inherit', {
      SLUICE_TEST_RECORD: file,
      ...(values.long ? { SLUICE_TEST_LONG: '1' } : {}),
    })
    const record = recordIn(file)
    if (record !== undefined) console.log(`${costOf(record)}\n\nmost processor time:\n${dearest(record, 12).join('\n')}\n`)
    return tallyOf(record, code)
  } finally {
    await clearAbandoned()
    rmSync(scratch, { recursive: true, force: true })
  }
}

function recordIn(file: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunRecord
  } catch {
    return undefined
  }
}

async function run(
  command: string,
  args: readonly string[],
  output: 'pipe' | 'inherit',
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string }> {
  if (stopped) return { code: 1, output: '' }
  const child = spawn(join(root, 'node_modules', '.bin', command), args, {
    cwd: root,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
  })
  running.add(child)
  const parts: string[] = []
  child.stdout?.on('data', (part: Buffer) => parts.push(part.toString()))
  child.stderr?.on('data', (part: Buffer) => parts.push(part.toString()))
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      parts.push(`${error.message}\n`)
      resolve(1)
    })
    child.once('close', (exit) => resolve(exit ?? 1))
  })
  running.delete(child)
  return { code, output: parts.join('') }
}
