import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { startPrivateServer } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { startScheduler } from './scheduler.ts'
import { startWorkers } from './supervisor.ts'
import { testEngine } from './testing/test-engine.ts'
import { leaseMs, running, runOf, startHost, t, taskOf, untilRunning, work } from './testing/workers.ts'

test('a worker killed in the middle of a task: the task runs again within a second, and its loss is in the history', async () => {
  await t.publish({
    killed: `
import { existsSync, writeFileSync } from 'node:fs'
const a = task({ name: 'a', run: async (_, { run, params }) => {
  if (existsSync(String(params.mark))) return 'second'
  writeFileSync(String(params.mark), '')
  await new Promise((resolve) => setTimeout(resolve, 3_600_000))
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
const a = task({ name: 'a', run: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${1.5 * leaseMs}); return 1 } })
export default pipeline({ name: 'blocks', steps: [a] })`,
    { leaseMs },
  )
  expect(await t.engine.attempts(run.id, 'a')).toMatchObject([{ state: 'success' }])
})

test('rule 2: whoever holds the table of tasks for longer than the lease ends no worker', async () => {
  await t.publish({
    locked: `
import { existsSync } from 'node:fs'
const a = task({ name: 'a', run: async (_, { params }) => {
  while (!existsSync(String(params.mark))) await new Promise((resolve) => setTimeout(resolve, 20))
} })
export default pipeline({ name: 'locked', params: { mark: '' }, steps: [a] })`,
  })
  await work({ leaseMs })
  const mark = join(t.stateDir, 'locked.mark')
  const { id } = await t.engine.trigger({ pipeline: 'locked' }, { params: { mark } })
  await untilRunning(id, 'a')
  await t.pool.transaction(async (tx) => {
    await tx.query('lock table sluice.task_run in access exclusive mode')
    await delay(1.5 * leaseMs)
  })
  writeFileSync(mark, '')
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  expect(await t.engine.attempts(id, 'a')).toMatchObject([{ state: 'success' }])
})

test('a dead host: its tasks run elsewhere when the lease is over', async () => {
  await t.publish({
    hosts: `
const a = task({ name: 'a', run: async (_, { task }) => { if (task.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 3_600_000)); return task.attempt } })
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

test('a task that ends its process is run again and at last fails, and its end says why', async () => {
  const run = await runOf(
    'exits',
    `
const a = task({ name: 'a', run: () => process.reallyExit(0) })
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
