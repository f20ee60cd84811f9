import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { WorkerEvent } from './supervisor.ts'
import { logOf, running, runOf, statesOf, t, taskOf, untilRunning, work } from './testing/workers.ts'

test('outputs travel, branches skip, failures go down, and a failed task fails the run', async () => {
  const run = await runOf(
    'shapes',
    `
const a = task({ name: 'a', run: () => ({ n: 21 }) })
const twice = task({ name: 'twice', needs: { a }, run: ({ a }) => a.n * 2 })
const never = task({ name: 'never', run: () => skip('nothing to do') })
const below = task({ name: 'below', needs: { never }, run: () => 1 })
const bad = task({ name: 'bad', run: () => { throw inputErrors.invalid('bad row', { next: 'Correct it.', facts: { line: 3 } }) } })
const after = task({ name: 'after', after: [bad], run: () => 1 })
const alarm = task({ name: 'alarm', after: [bad], rule: 'one_failed', run: () => 'rang' })
const clean = task({ name: 'clean', after: [after, below], rule: 'all_done', run: () => 'clean' })
export default pipeline({ name: 'shapes', steps: [twice, below, bad, after, clean, alarm] })`,
  )
  expect(run.state).toBe('failed')
  expect(statesOf(run)).toEqual({
    a: 'success',
    twice: 'success',
    never: 'skipped',
    below: 'skipped',
    bad: 'failed',
    after: 'upstream_failed',
    alarm: 'success',
    clean: 'success',
  })
  expect(taskOf(run, 'twice')?.output).toBe(42)
  expect(taskOf(run, 'never')?.reason).toBe('nothing to do')
  const next = expect.stringMatching(/^Correct it\. It was thrown at \S+\.ts:\d+:\d+\.$/)
  expect(taskOf(run, 'bad')).toMatchObject({ attempt: 1, error: { code: 'input.invalid', next, facts: { line: 3 } } })
})

test('rule 9: what a task logged and printed is in its file when its state is seen', async () => {
  const run = await runOf(
    'logs',
    `
const a = task({ name: 'a', run: async (_, { log }) => { console.log('one', { b: 2 }); console.error('two'); log.warn('three', { c: 3 }) } })
export default pipeline({ name: 'logs', steps: [a] })`,
  )
  expect(await logOf(run.id, 'a')).toMatchObject([
    { level: 'info', message: 'one { b: 2 }', from: 'console' },
    { level: 'error', message: 'two', from: 'console' },
    { level: 'warn', message: 'three', facts: { c: 3 } },
  ])
})

test('a task that logs nothing leaves nothing on the disk, and one that fails leaves its error', async () => {
  const run = await runOf(
    'silent',
    `
const quiet = task({ name: 'quiet', run: async () => 1 })
const bad = task({ name: 'bad', run: async () => { throw new Error('no') } })
export default pipeline({ name: 'silent', steps: [quiet, bad] })`,
  )
  const [quiet] = await t.engine.attempts(run.id, 'quiet')
  expect(quiet).toMatchObject({ state: 'success' })
  expect(existsSync(dirname(join(t.stateDir, quiet?.log ?? '')))).toBe(false)
  expect(await logOf(run.id, 'bad')).toMatchObject([{ level: 'error', message: 'no', facts: { outcome: 'failed' } }])
})

test('an error of 50 MB is some kilobytes in both tables, in the log and in the answer, and the worker goes on', async () => {
  const run = await runOf(
    'huge',
    `
const huge = task({ name: 'huge', run: async () => { throw Object.assign(new Error('y'.repeat(50_000_000)), { cause: new Error('z'.repeat(50_000_000)) }) } })
const skips = task({ name: 'skips', run: async () => skip('s'.repeat(50_000_000)) })
const line = task({ name: 'line', run: async () => { console.log('z'.repeat(60_000_000)); return 1 } })
export default pipeline({ name: 'huge', steps: [huge, skips, line] })`,
  )
  expect(statesOf(run)).toEqual({ huge: 'failed', skips: 'skipped', line: 'success' })
  expect(JSON.stringify(run).length).toBeLessThan(100_000)
  expect(taskOf(run, 'huge')?.error?.message).toMatch(/^yyy.* characters left out .*yyy$/)
  expect(taskOf(run, 'skips')?.reason).toMatch(/^sss.* characters left out .*sss$/)
  const [stored] = await t.pool.query<{ bytes: number }>(
    'select max(greatest(octet_length(t.error::text), octet_length(a.error::text), octet_length(t.reason), octet_length(a.reason))) as bytes from sluice.task_run t join sluice.attempt a on a.task_run = t.id where t.run = $1',
    [run.id],
  )
  expect(stored?.bytes).toBeLessThan(70_000)
  const [text] = await logOf(run.id, 'line')
  expect(text?.message).toMatch(/^zzz.* \[\.\.\. 59,750,000 characters left out \.\.\.\] .*zzz$/)
})

test('a failure is tried again no sooner than the server asked, each attempt with its log', async () => {
  const run = await runOf(
    'retries',
    `
const busy = defineErrors('busy', { later: retryable({ about: 'Too many requests.' }) })
const a = task({ name: 'a', retry: { attempts: 3, delay: '1ms' }, run: (_, { task }) => {
  if (task.attempt < 3) throw busy.later('later', { retryAfterMs: 120 })
  return task.attempt
} })
export default pipeline({ name: 'retries', steps: [a] })`,
  )
  expect(taskOf(run, 'a')).toMatchObject({ state: 'success', output: 3, error: null })
  const attempts = await t.engine.attempts(run.id, 'a')
  expect(attempts.map(({ state }) => state)).toEqual(['failed', 'failed', 'success'])
  const waits = attempts.slice(1).map((each, index) => each.startedAt - (attempts[index]?.endedAt ?? 0))
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(118)
  expect((await logOf(run.id, 'a')).filter(({ level }) => level === 'error')).toHaveLength(2)
})

test('what a server asks to wait kills no worker and parks no task: too long is a failure, and a task that waits says until when', async () => {
  const ended: WorkerEvent[] = []
  const run = await runOf(
    'hostile',
    `
const busy = defineErrors('busy', { later: retryable({ about: 'Too many requests.' }) })
const asking = (name, retryAfterMs) => task({ name, retry: { attempts: 2, delay: '1ms' }, run: (_, { task }) => {
  if (task.attempt < 2) throw busy.later('later', { retryAfterMs })
  return task.attempt
} })
const asked = { huge: 1e23, endless: Infinity, year: 31_536_000_000, part: 1.5, less: -5_000, none: NaN }
export default pipeline({ name: 'hostile', steps: Object.entries(asked).map(([name, ms]) => asking(name, ms)) })`,
    { onEvent: (event) => event.kind === 'ended' && ended.push(event) },
  )
  const until = expect.stringMatching(/^later; it asks to wait until .+, longer than the 6h that the step waits$/)
  for (const name of ['huge', 'endless', 'year'])
    expect(taskOf(run, name)).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'busy.later', message: until } })
  for (const name of ['part', 'less', 'none']) expect(taskOf(run, name)).toMatchObject({ state: 'success', output: 2 })
  expect(ended).toEqual([])

  await t.publish({
    patient: `
const busy = defineErrors('busy', { later: retryable({ about: 'Too many requests.' }) })
const a = task({ name: 'a', retry: { attempts: 2 }, run: () => { throw busy.later('later', { retryAfterMs: 3_600_000 }) } })
export default pipeline({ name: 'patient', steps: [a] })`,
  })
  const before = Date.now()
  const { id } = await t.engine.trigger({ pipeline: 'patient' })
  const waiting = async (): Promise<number> => taskOf(await t.engine.run(id), 'a')?.runAt ?? 0
  while ((await waiting()) < before + 3_600_000) await delay(10)
  await t.engine.cancel(id)
})

test('a sensor polls without consuming attempts and gives its output', async () => {
  const run = await runOf(
    'senses',
    `
let polls = 0
const s = sensor({ name: 's', every: '30ms', timeout: '1h', poll: () => (++polls < 4 ? false : polls) })
const never = sensor({ name: 'never', every: '20ms', timeout: '60ms', onTimeout: 'skip', poll: () => false })
const strict = sensor({ name: 'strict', every: '20ms', timeout: '60ms', poll: () => false })
export default pipeline({ name: 'senses', steps: [s, never, strict] })`,
  )
  expect(taskOf(run, 's')).toMatchObject({ state: 'success', output: 4, attempt: 1 })
  expect(taskOf(run, 'never')).toMatchObject({ state: 'skipped', attempt: 1 })
  expect(taskOf(run, 'strict')).toMatchObject({ state: 'failed', error: { code: 'task.timeout' } })
})

test('a task that heeds its signal times out without losing its process; one that computes on is killed with it; a month is a month', async () => {
  const ended: WorkerEvent[] = []
  const troubles: WorkerEvent[] = []
  const run = await runOf(
    'timeouts',
    `
const patient = task({ name: 'patient', timeout: '30d', run: async (_, { signal }) => { await new Promise((done) => setTimeout(done, 20)); signal.throwIfAborted() } })
const polite = task({ name: 'polite', after: [patient], timeout: '100ms', run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) })
const busy = task({ name: 'busy', after: [polite], rule: 'all_done', timeout: '100ms', run: () => { for (;;) {} } })
const next = task({ name: 'next', after: [busy], rule: 'all_done', run: () => process.pid })
export default pipeline({ name: 'timeouts', steps: [patient, polite, busy, next] })`,
    {
      onEvent: (event) => {
        if (event.kind === 'ended') ended.push(event)
        if (event.kind === 'trouble') troubles.push(event)
      },
    },
  )
  expect(taskOf(run, 'polite')).toMatchObject({ state: 'failed', error: { code: 'task.timeout' } })
  expect(taskOf(run, 'busy')).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'task.timeout' } })
  expect(taskOf(run, 'next')?.state).toBe('success')
  expect(taskOf(run, 'patient')).toMatchObject({ state: 'success', attempt: 1 })
  expect(ended).toMatchObject([{ signal: 'SIGKILL', reaped: 0 }])
  // Nobody else sent the signal: there is nothing to be looked for, and the next process starts at once.
  expect(troubles).toEqual([])
  expect((await logOf(run.id, 'busy')).at(-1)).toMatchObject({ message: expect.stringContaining('so its process is killed') })
})

test('cancel stops a task that heeds its signal, and kills one that does not', async () => {
  await t.publish({
    cancels: `
const polite = task({ name: 'polite', run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) })
const busy = task({ name: 'busy', run: () => { for (;;) {} } })
const below = task({ name: 'below', after: [polite, busy], run: () => 1 })
export default pipeline({ name: 'cancels', steps: [polite, busy, below] })`,
  })
  await work({ count: 2 })
  const { id } = await t.engine.trigger({ pipeline: 'cancels' })
  await untilRunning(id, 'polite')
  await untilRunning(id, 'busy')
  await t.engine.cancel(id)
  const run = await t.engine.waitForRun(id)
  expect(run.state).toBe('cancelled')
  expect(statesOf(run)).toEqual({ polite: 'cancelled', busy: 'cancelled', below: 'cancelled' })
  expect((await t.engine.attempts(id, 'busy')).map(({ state }) => state)).toEqual(['cancelled'])
})

test('an error nobody awaits fails its task, and the process is replaced', async () => {
  const run = await runOf(
    'stray',
    `
const a = task({ name: 'a', run: async () => { void Promise.reject(new Error('nobody waits')); await new Promise((resolve) => setTimeout(resolve, 5_000)) } })
const b = task({ name: 'b', after: [a], rule: 'all_done', run: () => 'fine' })
export default pipeline({ name: 'stray', steps: [a, b] })`,
  )
  expect(taskOf(run, 'a')).toMatchObject({ state: 'failed', error: { message: 'nobody waits' } })
  expect(taskOf(run, 'b')?.output).toBe('fine')
})

test('a poll may take longer than the time between two of them, and one that hangs is asked again', async () => {
  const run = await runOf(
    'slow_polls',
    `
const wait = (ms, signal) => new Promise((resolve, reject) => { const t = setTimeout(resolve, ms); signal.addEventListener('abort', () => { clearTimeout(t); reject(signal.reason) }) })
const slow = sensor({ name: 'slow', every: '20ms', timeout: '1h', poll: async (_, { signal }) => { await wait(120, signal); return 'found' } })
let asked = 0
const hangs = sensor({ name: 'hangs', every: '20ms', timeout: '1h', pollTimeout: '200ms', poll: async (_, { signal }) => { if (++asked < 3) await wait(3_600_000, signal); return asked } })
export default pipeline({ name: 'slow_polls', steps: [slow, hangs] })`,
  )
  expect(statesOf(run)).toEqual({ slow: 'success', hangs: 'success' })
  expect(taskOf(run, 'slow')).toMatchObject({ output: 'found', attempt: 1 })
  expect(taskOf(run, 'hangs')).toMatchObject({ output: 3, attempt: 1 })
  expect(JSON.stringify(await logOf(run.id, 'hangs'))).toContain('the poll was not done within 200ms, which counts as not yet')
})

test('a timeout of 30 days ends no task before, nor does a sensor that is polled every 30 days', async () => {
  const run = await runOf(
    'long_timeout',
    `
const wait = () => new Promise((resolve) => setTimeout(resolve, 100))
const t = task({ name: 't', timeout: '30d', run: async () => { await wait(); return 1 } })
const s = sensor({ name: 's', every: '30d', timeout: '300d', pollTimeout: '30d', poll: async () => { await wait(); return 'yes' } })
export default pipeline({ name: 'long_timeout', steps: [t, s] })`,
  )
  expect(statesOf(run)).toEqual({ t: 'success', s: 'success' })
})

test('a state directory that is moved takes its runs with it: no path in the metadata is absolute', async () => {
  await t.publish({ moves: `export default pipeline({ name: 'moves', steps: [task({ name: 'a', run: () => 7 })] })` })
  const { id } = await t.engine.trigger({ pipeline: 'moves' })
  const moved = `${t.stateDir} moved`
  await rename(t.stateDir, moved)
  try {
    await work({ stateDir: moved })
    expect(taskOf(await t.engine.waitForRun(id), 'a')).toMatchObject({ state: 'success', output: 7 })
  } finally {
    for (const each of running.splice(0)) await each.stop()
    await rename(moved, t.stateDir)
  }
  const paths = await t.pool.query<{ file: string }>('select file from sluice.definition')
  expect(paths.every(({ file }) => file === '' || file.startsWith('versions/'))).toBe(true)
})
