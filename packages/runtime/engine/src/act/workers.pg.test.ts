import { fork } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { startPrivateServer } from '@sluice/postgres/testing'
import { leaseHere } from '@sluice/process/testing/lease-here'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { RunDetail, TaskRunSummary } from '../api.ts'
import type { CapabilitySource } from './capabilities.ts'
import { type Scheduler, startScheduler } from './scheduler.ts'
import { type StartWorkersOptions, startWorkers, type WorkerEvent, type Workers } from './supervisor.ts'
import { type TestEngine, testEngine } from './testing/test-engine.ts'

const leaseMs = leaseHere()
let t: TestEngine
const running: (Workers | Scheduler)[] = []
beforeAll(async () => {
  t = await testEngine()
})
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

async function work(options: Partial<StartWorkersOptions> = {}): Promise<Workers> {
  const workers = await startWorkers({
    databaseUrl: t.databaseUrl,
    stateDir: t.stateDir,
    count: 1,
    leaseMs,
    graceMs: 300,
    ...options,
  })
  running.push(workers)
  await workers.ready()
  return workers
}

/** Publishes one pipeline of this text, runs it to its end. */
async function runOf(name: string, text: string, options: Partial<StartWorkersOptions> = {}): Promise<RunDetail> {
  await t.publish({ [name]: text })
  await work(options)
  return await t.engine.waitForRun((await t.engine.trigger({ pipeline: name })).id)
}

const taskOf = (run: RunDetail, task: string): TaskRunSummary | undefined => run.taskRuns.find((each) => each.task === task)
const statesOf = (run: RunDetail): Record<string, string> => Object.fromEntries(run.taskRuns.map(({ task, state }) => [task, state]))

async function logOf(run: string, task: string): Promise<readonly Record<string, unknown>[]> {
  const attempts = await t.engine.attempts(run, task)
  return attempts.flatMap(({ log }) =>
    readFileSync(join(t.stateDir, log), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  )
}

/** A supervisor with a worker, in a process of its own. */
const startHost = () =>
  fork(fileURLToPath(new URL('./testing/host-process.ts', import.meta.url)), [t.stateDir, String(leaseMs)], {
    execArgv: [],
    env: { ...process.env, DATABASE_URL: t.databaseUrl },
  })

async function untilRunning(run: string, task: string): Promise<void> {
  await expect.poll(async () => taskOf(await t.engine.run(run), task)?.state).toBe('running')
}

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
  expect(taskOf(run, 'bad')).toMatchObject({ attempt: 1, error: { code: 'input.invalid', next: 'Correct it.', facts: { line: 3 } } })
})

test('rule 9: what a task logged and printed is in its file when its state is seen', async () => {
  const run = await runOf(
    'logs',
    `
const a = task({ name: 'a', run: async (_, { log }) => { console.log('one', { b: 2 }); console.error('two'); log.warn('three', { c: 3 }) } })
export default pipeline({ name: 'logs', steps: [a] })`,
  )
  expect(await logOf(run.id, 'a')).toMatchObject([
    { level: 'info', message: 'attempt 1 of a started' },
    { level: 'info', message: 'one { b: 2 }', from: 'console' },
    { level: 'error', message: 'two', from: 'console' },
    { level: 'warn', message: 'three', facts: { c: 3 } },
    { level: 'info', message: 'ended: success' },
  ])
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
  const run = await runOf(
    'timeouts',
    `
const patient = task({ name: 'patient', timeout: '30d', run: async (_, { signal }) => { await new Promise((done) => setTimeout(done, 20)); signal.throwIfAborted() } })
const polite = task({ name: 'polite', after: [patient], timeout: '100ms', run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) })
const busy = task({ name: 'busy', after: [polite], rule: 'all_done', timeout: '100ms', run: () => { for (;;) {} } })
const next = task({ name: 'next', after: [busy], rule: 'all_done', run: () => process.pid })
export default pipeline({ name: 'timeouts', steps: [patient, polite, busy, next] })`,
    { onEvent: (event) => event.kind === 'ended' && ended.push(event) },
  )
  expect(taskOf(run, 'polite')).toMatchObject({ state: 'failed', error: { code: 'task.timeout' } })
  expect(taskOf(run, 'busy')).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'task.timeout' } })
  expect(taskOf(run, 'next')?.state).toBe('success')
  expect(taskOf(run, 'patient')).toMatchObject({ state: 'success', attempt: 1 })
  expect(ended).toMatchObject([{ signal: 'SIGKILL', reaped: 0 }])
  expect((await logOf(run.id, 'busy')).at(-1)).toMatchObject({ message: expect.stringContaining('so its process is killed') })
})

test('a worker killed in the middle of a task: the task runs again within a second, and its loss is in the history', async () => {
  await t.publish({
    killed: `
import { existsSync, writeFileSync } from 'node:fs'
const a = task({ name: 'a', run: async (_, { run, params }) => {
  if (existsSync(String(params.mark))) return 'second'
  writeFileSync(String(params.mark), '')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
} })
export default pipeline({ name: 'killed', params: { mark: '' }, steps: [a] })`,
  })
  // Nobody waits for the lease: it outlasts the test.
  const workers = await work({ count: 2, leaseMs: 3_600_000 })
  const mark = join(t.stateDir, 'killed.mark')
  const { id } = await t.engine.trigger({ pipeline: 'killed' }, { params: { mark } })
  await expect.poll(() => existsSync(mark)).toBe(true)
  const [held] = await t.pool.query<{ pid: number }>(
    'select w.pid from sluice.task_run t join sluice.worker w on w.id = t.worker where t.run = $1',
    [id],
  )
  process.kill(held?.pid ?? 0, 'SIGKILL')
  const run = await t.engine.waitForRun(id)
  expect(taskOf(run, 'a')).toMatchObject({ state: 'success', output: 'second', attempt: 2 })
  expect((await t.engine.attempts(id, 'a')).map(({ state }) => state)).toEqual(['lost', 'success'])
  await workers.ready()
  expect(workers.list()).toHaveLength(2)
})

test('rule 2 and 3: a task that blocks its event loop for longer than the lease keeps it', async () => {
  const run = await runOf(
    'blocks',
    `
const a = task({ name: 'a', run: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${2 * leaseMs}); return 1 } })
export default pipeline({ name: 'blocks', steps: [a] })`,
    { leaseMs },
  )
  expect(await t.engine.attempts(run.id, 'a')).toMatchObject([{ state: 'success' }])
})

test('a dead host: its tasks run elsewhere when the lease is over', async () => {
  await t.publish({
    hosts: `
const a = task({ name: 'a', run: async (_, { task }) => { if (task.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 60_000)); return task.attempt } })
export default pipeline({ name: 'hosts', steps: [a] })`,
  })
  const host = startHost()
  const pids = await new Promise<readonly number[]>((resolve) => host.once('message', (message) => resolve(message as number[])))
  const { id } = await t.engine.trigger({ pipeline: 'hosts' })
  await untilRunning(id, 'a')
  const before = performance.now()
  for (const pid of [host.pid ?? 0, ...pids]) process.kill(pid, 'SIGKILL')
  running.push(await startScheduler({ databaseUrl: t.databaseUrl, pollMs: 200 }))
  await work()
  const run = await t.engine.waitForRun(id)
  expect(performance.now() - before).toBeGreaterThan(1_000)
  expect(taskOf(run, 'a')).toMatchObject({ state: 'success', output: 2 })
})

test('workers leave when their supervisor is gone', async () => {
  await t.publish({ orphans: `export default pipeline({ name: 'orphans', steps: [task({ name: 'a', run: () => 1 })] })` })
  const host = startHost()
  const [pid = 0] = await new Promise<readonly number[]>((resolve) => host.once('message', (message) => resolve(message as number[])))
  host.kill('SIGKILL')
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false)
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

/** A module that workers take their capabilities from: one that writes a file when it is used, and knows a secret. */
function vault(): { readonly capabilities: CapabilitySource; readonly used: () => boolean } {
  const module = join(t.stateDir, 'vault.ts')
  const mark = join(t.stateDir, 'vault.used')
  writeFileSync(
    module,
    `import { writeFileSync } from 'node:fs'
export function openCapabilities({ options }) {
  if (typeof options.mark !== 'string') throw new Error('options without a mark')
  const secret = () => { writeFileSync(options.mark, ''); return 'hunter2hunter2' }
  return { secrets: ['hunter2hunter2'], of: () => [{ name: 'vault', context: () => ({ secret }) }] }
}`,
  )
  return { capabilities: { module: pathToFileURL(module).href, options: { mark } }, used: () => existsSync(mark) }
}

test('a capability is opened by the task that uses it; secrets are masked in the log and the error of every task', async () => {
  const { capabilities, used } = vault()
  await t.publish({
    plain: `export default pipeline({ name: 'plain', steps: [task({ name: 'a', run: () => 1 })] })`,
    tells: `const a = task({ name: 'a', run: () => { console.log('hunter2' + 'hunter2') } })
export default pipeline({ name: 'tells', steps: [a] })`,
    leaks: `const a = task({ name: 'a', run: (_, ctx) => { console.log('it is ' + ctx.secret('x')); throw inputErrors.invalid('bad ' + ctx.secret('x')) } })
export default pipeline({ name: 'leaks', steps: [a] })`,
  })
  await work({ capabilities })
  await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'plain' })).id)
  const told = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'tells' })).id)
  expect(JSON.stringify(await logOf(told.id, 'a'))).not.toContain('hunter2')
  expect(used()).toBe(false)
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'leaks' })).id)
  expect(used()).toBe(true)
  expect(taskOf(run, 'a')?.error?.message).toBe('bad ***')
  expect(JSON.stringify([run, await logOf(run.id, 'a')])).not.toContain('hunter2')
})

test('in a fresh worker, too, a function that is wrapped is given what it uses', async () => {
  const text = `const timed = (work) => (...given) => work(...given)
const a = task({ name: 'a', run: timed((_, ctx) => ctx.secret('x').length) })
export default pipeline({ name: 'wrapped', steps: [a] })`
  expect(taskOf(await runOf('wrapped', text, { capabilities: vault().capabilities }), 'a')?.output).toBe(14)
})

test('workers whose options are not understood take no task and say why', async () => {
  await t.publish({ untouched: `export default pipeline({ name: 'untouched', steps: [task({ name: 'a', run: () => 1 })] })` })
  const { id } = await t.engine.trigger({ pipeline: 'untouched' })
  const events: WorkerEvent[] = []
  const options = { capabilities: { ...vault().capabilities, options: {} }, onEvent: (event: WorkerEvent) => events.push(event) }
  running.push(await startWorkers({ databaseUrl: t.databaseUrl, stateDir: t.stateDir, count: 1, ...options }))
  await expect.poll(() => events).toContainEqual({ kind: 'trouble', message: 'options without a mark' })
  expect(taskOf(await t.engine.run(id), 'a')).toMatchObject({ state: 'queued', attempt: 0 })
  await t.engine.cancel(id)
})

test('a worker process that dies at once is started again after a wait that doubles', async () => {
  await t.publish({ unborn: `export default pipeline({ name: 'unborn', steps: [task({ name: 'a', run: () => 1 })] })` })
  const starts: number[] = []
  const fourth = Promise.withResolvers<void>()
  const onEvent = ({ kind }: WorkerEvent): void => {
    if (kind === 'started' && starts.push(Date.now()) === 4) fourth.resolve()
  }
  const { NODE_OPTIONS: before = '' } = process.env
  // Node ends before it reads any code.
  process.env.NODE_OPTIONS = '--no-such-option'
  try {
    running.push(await startWorkers({ databaseUrl: t.databaseUrl, stateDir: t.stateDir, count: 1, onEvent }))
    await fourth.promise
  } finally {
    process.env.NODE_OPTIONS = before
  }
  const waits = starts.slice(1).map((at, index) => at - (starts[index] ?? at))
  expect(
    waits.map((ms, index) => ms >= 200 * 2 ** index),
    waits.join(', '),
  ).toEqual([true, true, true])
})

test('a new version replaces the workers, and a run of the old one still ends', async () => {
  const text = (answer: number) => `
const a = task({ name: 'a', run: () => new Promise((resolve) => setTimeout(resolve, 400)) })
export default pipeline({ name: 'versions', maxActiveRuns: 2, steps: [a, task({ name: 'b', after: [a], run: () => ${answer} })] })`
  const old = await t.publish({ versions: text(1) })
  const workers = await work()
  const first = await t.engine.trigger({ pipeline: 'versions' })
  await untilRunning(first.id, 'a')
  const fresh = await t.publish({ versions: text(2) })
  const second = await t.engine.trigger({ pipeline: 'versions' })
  const [one, two] = [await t.engine.waitForRun(first.id), await t.engine.waitForRun(second.id)]
  expect([one.version, taskOf(one, 'b')?.output]).toEqual([old, 1])
  expect([two.version, taskOf(two, 'b')?.output]).toEqual([fresh, 2])
  await expect.poll(() => workers.list().map(({ version }) => version)).toEqual([fresh])
})

test('rule 11: two schedulers and two worker processes make one run of each tick and run each task once', async () => {
  const now = Date.UTC(2026, 0, 1)
  await t.publish(
    {
      ticks: `
const a = task({ name: 'a', run: () => 1 })
export default pipeline({ name: 'ticks', schedule: { cron: '* * * * *' }, catchup: true, maxActiveRuns: 3, steps: [a, task({ name: 'b', after: [a], run: () => 1 })] })`,
    },
    { now },
  )
  await work({ count: 2 })
  const clock = (): number => now + 20 * 60_000
  for (let n = 0; n < 2; n++) running.push(await startScheduler({ databaseUrl: t.databaseUrl, pollMs: 50, now: clock }))
  const ended = async () => (await t.engine.runs({ pipeline: 'ticks', state: 'success' })).items
  await expect.poll(async () => (await ended()).length).toBe(20)
  expect(new Set((await ended()).map(({ key }) => key)).size).toBe(20)
  const attempts = await t.pool.query(
    "select a.attempt from sluice.attempt a join sluice.task_run t on t.id = a.task_run join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline where p.name = 'ticks'",
  )
  expect(attempts).toHaveLength(40)
})

const wakes = { wakes: `export default pipeline({ name: 'wakes', maxActiveRuns: 1000, steps: [task({ name: 'a', run: () => 1 })] })` }

test('enqueue to start does not wait for the poll', async () => {
  await t.publish(wakes)
  await work({ count: 2, pollMs: 3_600_000 })
  for (let n = 0; n < 100; n++) {
    const { id } = await t.engine.trigger({ pipeline: 'wakes' })
    expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  }
})

test('the poll finds what no notification told', async () => {
  await t.publish(wakes)
  await work({ pollMs: 500 })
  const [row] = await t.pool.query<{ id: number }>("select id from sluice.pipeline where name = 'wakes'")
  await t.pool.query("select sluice.create_run('silent', $1, 'manual:silent', 'manual', 0, 0, 0, '{}')", [row?.id])
  expect((await t.engine.waitForRun('silent')).state).toBe('success')
})

test('a task that ends its process is run again and at last fails, and its end says why', async () => {
  const run = await runOf(
    'exits',
    `
const a = task({ name: 'a', run: () => process.exit(0) })
export default pipeline({ name: 'exits', steps: [a] })`,
  )
  expect(taskOf(run, 'a')).toMatchObject({ state: 'failed', attempt: 4, error: { code: 'task.killed' } })
  expect((await t.engine.attempts(run.id, 'a')).map(({ state }) => state)).toEqual(['lost', 'lost', 'lost', 'lost'])
})

test('tasks claimed ahead behind one that turns out long are given back and run elsewhere', async () => {
  await t.publish({
    ahead: `
import { existsSync } from 'node:fs'
const quick = Array.from({ length: 60 }, (_, n) => task({ name: 'q' + n, run: () => undefined }))
const still = new Int32Array(new SharedArrayBuffer(4))
const long = task({ name: 'long', after: quick, run: (_, { params }) => { while (!existsSync(String(params.mark))) Atomics.wait(still, 0, 0, 20) } })
const others = Array.from({ length: 20 }, (_, n) => task({ name: 'o' + n, after: quick, run: () => undefined }))
export default pipeline({ name: 'ahead', params: { mark: '' }, steps: [...quick, long, ...others] })`,
  })
  await work({ count: 2 })
  const mark = join(t.stateDir, 'ahead.mark')
  const { id } = await t.engine.trigger({ pipeline: 'ahead' }, { params: { mark } })
  const others = async () => (await t.engine.run(id)).taskRuns.filter(({ task }) => task.startsWith('o'))
  // The long one blocks its process until all the others have ended.
  await expect.poll(async () => (await others()).every(({ state }) => state === 'success')).toBe(true)
  writeFileSync(mark, '')
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  expect((await others()).every(({ attempt }) => attempt === 1)).toBe(true)
})

test('the database restarts in the middle of a task: its end is recorded when the database is back', async () => {
  const server = await startPrivateServer()
  try {
    const own = await testEngine(server.url('postgres'))
    await own.publish({
      restarts: `
const a = task({ name: 'a', run: async (_, { params }) => {
  const { existsSync, writeFileSync } = await import('node:fs')
  writeFileSync(params.mark, '')
  while (existsSync(params.mark)) await new Promise((resolve) => setTimeout(resolve, 10))
  return 'done'
} })
export default pipeline({ name: 'restarts', params: { mark: '' }, steps: [a, task({ name: 'b', after: [a], run: () => 1 })] })`,
    })
    const workers = await startWorkers({ databaseUrl: own.databaseUrl, stateDir: own.stateDir, count: 1, leaseMs: 4 * leaseMs })
    await workers.ready()
    const mark = join(own.stateDir, 'restarts.mark')
    const { id } = await own.engine.trigger({ pipeline: 'restarts' }, { params: { mark } })
    await expect.poll(() => existsSync(mark)).toBe(true)
    await server.kill()
    rmSync(mark)
    await server.restart()
    await expect.poll(async () => (await own.engine.run(id).catch(() => undefined))?.state).toBe('success')
    expect((await own.engine.attempts(id, 'a')).map(({ state }) => state)).toEqual(['success'])
    await workers.stop()
    await own[Symbol.asyncDispose]()
  } finally {
    await server.drop()
  }
})

test('workers killed at random moments lose no task and let none succeed twice', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  await t.publish({
    chaos: `
const wait = () => new Promise((resolve) => setTimeout(resolve, 12))
const first = Array.from({ length: 60 }, (_, n) => task({ name: 'a' + n, run: wait }))
const second = Array.from({ length: 60 }, (_, n) => task({ name: 'b' + n, after: [first[n], first[(n * 7 + 1) % 60]], run: wait }))
export default pipeline({ name: 'chaos', steps: [...first, ...second] })`,
  })
  const workers = await work({ count: 2 })
  // The server may finish a claim of a worker that its supervisor has already reaped: the next pass of a scheduler finds such tasks.
  running.push(await startScheduler({ databaseUrl: t.databaseUrl }))
  const { id } = await t.engine.trigger({ pipeline: 'chaos' })
  const ended = t.engine.waitForRun(id)
  let kills = 0
  let over = false
  void ended.then(() => {
    over = true
  })
  while (kills < 6 && !over) {
    await delay(50 + random.integer(250))
    const ready = workers.list().filter(({ worker }) => worker !== null)
    const victim = ready[random.integer(ready.length)]
    if (victim === undefined) continue
    process.kill(victim.pid, 'SIGKILL')
    kills++
  }
  const run = await ended
  expect(run.state, `SLUICE_SEED=${seed}`).toBe('success')
  const successes = await t.pool.query<{ n: number }>(
    "select count(*) as n from sluice.attempt a join sluice.task_run t on t.id = a.task_run where t.run = $1 and a.state = 'success' group by t.id",
    [id],
  )
  expect(successes.map(({ n }) => n)).toEqual(Array.from({ length: 120 }, () => 1))
  expect(kills).toBeGreaterThan(0)
})
