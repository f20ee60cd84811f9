/**
 * Vitest's `setupFiles`: each test file has a folder of its own for temporary files, its processes inherit it, and both end with the file,
 * however its tests end.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, type TaskMeta } from 'vitest'
import { startBuilt } from './built-processes.ts'
import { endProcessesOf } from './leftovers.ts'
import { processorMs } from './processor-time.ts'

/** A process that was told to end has this long to do so, also on a busy machine. */
const graceMs = Number(process.env.SLUICE_TEST_GRACE_MS ?? 60_000)

const run = process.env.SLUICE_TEST_FOLDER
if (run === undefined) throw new Error('SLUICE_TEST_FOLDER is not set: the tests run with the configuration of this repository')

// Where a process runs decides whether it colours: a terminal, continuous integration, a variable. Tests, and what they start, never do.
process.env.NO_COLOR = '1'
delete process.env.FORCE_COLOR

/** What `TMPDIR` was before, for what all test files share. */
process.env.SLUICE_TEST_TMPDIR ??= process.env.TMPDIR ?? ''
const folder = mkdtempSync(join(run, 'file-'))
chmodSync(folder, 0o755)
process.env.TMPDIR = folder

let hasFailed = false
let meta: TaskMeta = {}
afterEach(({ task }) => {
  hasFailed ||= task.result?.state === 'fail'
  meta = task.file.meta
})

/** The first file of a process: its start counts for that one. */
const begun = Symbol.for('sluice.suite.begun')
const isFirst = !(begun in globalThis)
Object.assign(globalThis, { [begun]: true })
const spentBefore = isFirst ? 0 : processorMs()
if (isFirst) startBuilt()

afterAll(async () => {
  const left = await endProcessesOf(folder, hasFailed ? 0 : graceMs)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  meta.processorMs = processorMs() - spentBefore
  // A test that failed had no chance to end what it started.
  if (left.length > 0 && !hasFailed) {
    throw new Error(`the tests of this file left processes: ${left.map(({ pid, command }) => `${pid} ${command}`).join(', ')}`)
  }
}, 300_000)
