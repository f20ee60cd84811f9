import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withSession } from '@sluice/postgres'
import { isAlive } from '@sluice/process'
import { expect, test } from 'vitest'
import { openWorkerRole } from '../state/worker-role.ts'
import { reap } from '../state/workers.ts'
import { startScheduler } from './scheduler.ts'
import type { WorkerEvent } from './supervisor.ts'
import { leaseMs, running, t, untilRunning, work } from './testing/workers.ts'

const answers = (name: string): string => `
const steps = Array.from({ length: 20 }, (_, n) => task({ name: 'a' + n, run: () => new Promise((resolve) => setTimeout(resolve, 50)) }))
export default pipeline({ name: '${name}', steps })`

test('three projects on two workers end, and no worker is started a second time', async () => {
  const runs = []
  for (const pipeline of ['lab1', 'lab2', 'lab3']) {
    // Each is a version of its own.
    await t.publish({ [pipeline]: answers(pipeline) })
    runs.push(await t.engine.trigger({ pipeline }))
  }
  const events: WorkerEvent[] = []
  await work({ count: 2, onEvent: (event) => events.push(event) })
  for (const { id } of runs) expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  expect(events.filter(({ kind }) => kind === 'started')).toHaveLength(2)
})

/** Workers that start meanwhile run this before the first line of their heartbeat's thread, and there alone. */
async function withHeartbeatThatFirst(runs: string, start: () => Promise<unknown>): Promise<void> {
  const file = join(t.stateDir, 'first.mjs')
  writeFileSync(
    file,
    `import { Socket } from 'node:net'\nimport { isMainThread } from 'node:worker_threads'\nif (!isMainThread) { ${runs} }`,
  )
  const { NODE_OPTIONS: before = '' } = process.env
  process.env.NODE_OPTIONS = `${before} --import ${pathToFileURL(file).href}`
  try {
    await start()
  } finally {
    process.env.NODE_OPTIONS = before
  }
}

test('a session with the database that opens slowly is not a fault: the process starts once', async () => {
  const events: WorkerEvent[] = []
  const slowly =
    'const { connect } = Socket.prototype; Socket.prototype.connect = function (...to) { setTimeout(() => connect.apply(this, to), 500); return this }'
  await withHeartbeatThatFirst(slowly, () => work({ onEvent: (event) => events.push(event) }))
  expect(events.map(({ kind }) => kind)).toEqual(['started', 'ready'])
})

test('a start that takes longer than the lease is a start: the lease begins with the first heartbeat', async () => {
  await t.publish({ slow: `export default pipeline({ name: 'slow', steps: [task({ name: 'a', run: () => 1 })] })` })
  const events: WorkerEvent[] = []
  running.push(await startScheduler({ databaseUrl: t.databaseUrl, pollMs: 50 }))
  const heldUp = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${1.5 * leaseMs})`
  await withHeartbeatThatFirst(heldUp, () => work({ onEvent: (event) => events.push(event) }))
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'slow' })).id)
  expect(run.state).toBe('success')
  expect(events.map(({ kind }) => kind)).toEqual(['started', 'ready'])
})

test('an idle worker that was declared lost registers anew and works on in the same process', async () => {
  await t.publish({ idle: `export default pipeline({ name: 'idle', steps: [task({ name: 'a', run: () => 1 })] })` })
  const workers = await work({ leaseMs: 3_600_000, heartbeatMs: 50 })
  const first = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'idle' })).id)
  const [before] = workers.list()
  await reap(t.pool, [before?.worker ?? 0])
  await expect.poll(() => workers.list()[0]?.worker).not.toBe(before?.worker)
  const second = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'idle' })).id)
  expect([first.state, second.state]).toEqual(['success', 'success'])
  expect(workers.list()[0]?.pid).toBe(before?.pid)
})

test('rule 3: a worker that holds a task and was declared lost ends, and a worker stopped past its lease with none goes on', async () => {
  await t.publish({
    holds: `const a = task({ name: 'a', run: (_, { task }) => task.attempt > 1 ? 'again' : new Promise((resolve) => setTimeout(resolve, 3_600_000)) })
export default pipeline({ name: 'holds', steps: [a] })`,
  })
  const workers = await work({ leaseMs: 3_600_000, heartbeatMs: 50 })
  const { id } = await t.engine.trigger({ pipeline: 'holds' })
  await untilRunning(id, 'a')
  const [before] = workers.list()
  await reap(t.pool, [before?.worker ?? 0])
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  expect(isAlive(before?.pid ?? 0)).toBe(false)
  const registered = async (than?: number): Promise<{ readonly pid: number; readonly worker: number }> => {
    for (;;) {
      for (const { pid, worker } of workers.list()) if (worker !== null && worker !== than) return { pid, worker }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  let goesOn = false
  // One that is stopped with a claim on its way ends: then the next one is stopped.
  for (let tries = 0; tries < 10 && !goesOn; tries++) {
    const idle = await registered()
    process.kill(idle.pid, 'SIGSTOP')
    await t.pool.query("update sluice.worker set lease_until = now() - interval '1 second' where id = $1", [idle.worker])
    await reap(t.pool)
    process.kill(idle.pid, 'SIGCONT')
    goesOn = (await registered(idle.worker)).pid === idle.pid
  }
  expect(goesOn).toBe(true)
})

test('rule 3: a worker that was declared lost while it claimed ends: what it claimed is run by another one', async () => {
  await t.publish({
    paused: `import { pool } from 'sluice'
const a = task({ name: 'a', pool: pool('narrow', 1), run: (_, { task }) => task.attempt > 1 ? 'again' : new Promise((resolve) => setTimeout(resolve, 3_600_000)) })
export default pipeline({ name: 'paused', steps: [a] })`,
  })
  const workers = await work({ leaseMs: 3_600_000, heartbeatMs: 50 })
  const [before] = workers.list()
  const id = await t.pool.transaction(async (tx) => {
    await tx.query("select 1 from sluice.pool where name = 'p:narrow' for update")
    const run = await t.engine.trigger({ pipeline: 'paused' })
    const waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await expect.poll(async () => (await t.pool.query(waits)).length).toBe(1)
    process.kill(before?.pid ?? 0, 'SIGSTOP')
    await reap(t.pool, [before?.worker ?? 0])
    return run.id
  })
  await untilRunning(id, 'a')
  process.kill(before?.pid ?? 0, 'SIGCONT')
  await expect.poll(() => isAlive(before?.pid ?? 0)).toBe(false)
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  expect((await t.engine.attempts(id, 'a')).map(({ state }) => state)).toEqual(['lost', 'success'])
})

test('a worker that dies without a task is told with its signal, and another one is started', async () => {
  await t.publish({ idle: `export default pipeline({ name: 'idle', steps: [task({ name: 'a', run: () => 1 })] })` })
  const events: WorkerEvent[] = []
  const workers = await work({ onEvent: (event) => events.push(event) })
  process.kill(workers.list()[0]?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => events.filter(({ kind }) => kind === 'ready').length).toBe(2)
  const troubles = events.flatMap((event) => (event.kind === 'trouble' ? [event.message] : []))
  expect(troubles).toEqual([expect.stringMatching(/^a worker process was killed \(SIGKILL\) while it held no task\. /)])
})

test('an idle worker has imported what is current before anybody asks for it', async () => {
  const mark = join(t.stateDir, 'imported')
  await t.publish({
    early: `import { writeFileSync } from 'node:fs'
writeFileSync('${mark}', String(process.pid))
export default pipeline({ name: 'early', steps: [task({ name: 'a', run: () => 1 })] })`,
  })
  const workers = await work()
  expect(Number(readFileSync(mark, 'utf8'))).toBe(workers.list()[0]?.pid)
})

test('an idle worker takes three sessions of the server at most', async () => {
  await work({ count: 2 })
  const [row] = await t.pool.query<{ n: number }>(
    `select count(*) as n from pg_stat_activity
    where datname = current_database() and application_name in ('sluice worker', 'sluice heartbeat', 'sluice listen')`,
  )
  expect(row?.n).toBeLessThanOrEqual(2 * 3)
})

test('a password that a task has given to the role of workers is taken back when the next process is refused', async () => {
  await t.publish({ after: `export default pipeline({ name: 'after', steps: [task({ name: 'a', run: () => 1 })] })` })
  const events: WorkerEvent[] = []
  const workers = await work({ renewRole: () => openWorkerRole(t.databaseUrl), onEvent: (event) => void events.push(event) })
  const connects = () => withSession(t.workerUrl, (session) => session.query('select'))
  await withSession(t.workerUrl, (session) => session.query("alter role current_user password 'mine'"))
  await expect(connects()).rejects.toMatchObject({ facts: { sqlstate: '28P01' } })
  for (const { pid } of workers.list()) process.kill(pid, 'SIGKILL')
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'after' })).id)
  expect(run.state).toBe('success')
  await connects()
  expect(events).toContainEqual({ kind: 'trouble', message: expect.stringContaining('password') })
})
