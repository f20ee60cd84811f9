import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { statesOf, t, taskOf, untilRunning, work } from './testing/workers.ts'

const stepsOf = (name: string, steps: string, rest = ''): Record<string, string> => ({
  [name]: `${steps}\nexport default pipeline({ name: '${name}', maxActiveRuns: 9, ${rest} })`,
})

/** Tasks that wait until the test lets them go, and say in which process. */
const waiters = (name: string, count: number, rest = ''): Record<string, string> =>
  stepsOf(
    name,
    `import { existsSync } from 'node:fs'
const steps = Array.from({ length: ${count} }, (_, n) => task({ name: 'w' + n, ${rest} run: async (_, { params }) => {
  while (!existsSync(String(params.mark))) await new Promise((resolve) => setTimeout(resolve, 20))
  return process.pid
} }))`,
    `params: { mark: '' }, steps`,
  )

const running = async (run: string): Promise<number> => (await t.engine.run(run)).taskRuns.filter(({ state }) => state === 'running').length

test('one process runs as many tasks that wait side by side as it has slots, and no more', async () => {
  await t.publish(waiters('wide', 12))
  await work({ slots: 10 })
  const mark = join(t.stateDir, 'wide.mark')
  const { id } = await t.engine.trigger({ pipeline: 'wide' }, { params: { mark } })
  await expect.poll(() => running(id)).toBe(10)
  const samples: number[] = []
  for (let n = 0; n < 20; n++) samples.push(await running(id))
  expect(Math.max(...samples)).toBe(10)
  writeFileSync(mark, '')
  const run = await t.engine.waitForRun(id)
  expect(run.state).toBe('success')
  expect(new Set(run.taskRuns.map(({ output }) => output)).size).toBe(1)
})

test('of tasks that compute a process runs one at a time, beside tasks that wait', async () => {
  await t.publish({ ...waiters('computes', 3, 'isolated: true,'), ...waiters('waits', 3) })
  const [computes, waits] = [join(t.stateDir, 'computes.mark'), join(t.stateDir, 'waits.mark')]
  const one = await t.engine.trigger({ pipeline: 'computes' }, { params: { mark: computes } })
  const two = await t.engine.trigger({ pipeline: 'waits' }, { params: { mark: waits } })
  // As steps of SQL are claimed.
  await t.pool.query("update sluice.task_run set kind = 'check' where run = $1", [one.id])
  await work({ count: 1 })
  await expect.poll(async () => [await running(one.id), await running(two.id)]).toEqual([1, 3])
  writeFileSync(computes, '')
  expect(await t.engine.waitForRun(one.id)).toMatchObject({ state: 'success' })
  expect(await running(two.id)).toBe(3)
  writeFileSync(waits, '')
  expect(await t.engine.waitForRun(two.id)).toMatchObject({ state: 'success' })
})

/** Isolated tasks that block their process until the test lets them go. */
const blockers = (name: string, count: number): Record<string, string> =>
  stepsOf(
    name,
    `import { existsSync } from 'node:fs'
const still = new Int32Array(new SharedArrayBuffer(4))
const steps = Array.from({ length: ${count} }, (_, n) => task({ name: 'c' + n, isolated: true, run: (_, { params }) => {
  while (!existsSync(String(params.mark))) Atomics.wait(still, 0, 0, 20)
} }))`,
    `params: { mark: '' }, steps`,
  )

test('isolated tasks that block hold up nobody: what waits runs in the process that is kept from them', async () => {
  await t.publish({
    ...blockers('blocking', 4),
    ...stepsOf(
      'brief',
      `const steps = Array.from({ length: 20 }, (_, n) => task({ name: 'w' + n, run: () => new Promise((resolve) => setTimeout(resolve, 100)) }))`,
      'steps',
    ),
  })
  await work({ count: 2 })
  const mark = join(t.stateDir, 'blocking.mark')
  const blocking = await t.engine.trigger({ pipeline: 'blocking' }, { params: { mark } })
  await expect.poll(() => running(blocking.id)).toBe(1)
  for (let n = 0; n < 3; n++) {
    const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'brief' })).id)
    expect(run.taskRuns.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array.from({ length: 20 }, () => 'success 1'))
    expect(await running(blocking.id)).toBe(1)
  }
  writeFileSync(mark, '')
  const run = await t.engine.waitForRun(blocking.id)
  expect(run.taskRuns.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array.from({ length: 4 }, () => 'success 1'))
})

test('an isolated task is not kept from a process for ever by tasks that wait: one takes no more of them until it is empty', async () => {
  await t.publish({
    ...blockers('patient', 1),
    ...stepsOf(
      'stream',
      `const steps = Array.from({ length: 2_000 }, (_, n) => task({ name: 'w' + n, run: () => new Promise((resolve) => setTimeout(resolve, 300 + 40 * (n % 7))) }))`,
      'steps',
    ),
  })
  await work({ count: 2, slots: 4 })
  const stream = await t.engine.trigger({ pipeline: 'stream' })
  await expect.poll(() => running(stream.id)).toBeGreaterThan(2)
  const mark = join(t.stateDir, 'patient.mark')
  const { id } = await t.engine.trigger({ pipeline: 'patient' }, { params: { mark } })
  await expect.poll(() => running(id)).toBe(1)
  expect((await t.engine.run(stream.id)).state).toBe('running')
  writeFileSync(mark, '')
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  await t.engine.cancel(stream.id)
  await t.engine.waitForRun(stream.id)
})

test('a task that blocks its process keeps no others waiting: they run in another one', async () => {
  await t.publish(
    stepsOf(
      'blocks',
      `import { appendFileSync, existsSync } from 'node:fs'
const still = new Int32Array(new SharedArrayBuffer(4))
const long = task({ name: 'long', run: async (_, { params }) => {
  await new Promise((resolve) => setTimeout(resolve, 30))
  while (!existsSync(String(params.mark))) Atomics.wait(still, 0, 0, 20)
} })
const others = Array.from({ length: 40 }, (_, n) => task({ name: 'o' + n, after: [long], rule: 'all_done', run: () => undefined }))
const beside = Array.from({ length: 60 }, (_, n) => task({ name: 'b' + n, run: (_, { params }) => appendFileSync(params.mark + '.begun', 'b') }))`,
      `params: { mark: '' }, steps: [long, ...others, ...beside]`,
    ),
  )
  await work({ count: 2 })
  const mark = join(t.stateDir, 'blocks.mark')
  const { id } = await t.engine.trigger({ pipeline: 'blocks' }, { params: { mark } })
  // One that the blocked process has begun has run too: its end is recorded once the process is free.
  await expect.poll(() => existsSync(`${mark}.begun`) && readFileSync(`${mark}.begun`, 'utf8').length).toBe(60)
  writeFileSync(mark, '')
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
})

test('where a task ignores its timeout its process is killed; those beside it are losses, not failures, and end elsewhere, each alone', async () => {
  await t.publish(
    stepsOf(
      'ignores',
      `const beside = Array.from({ length: 4 }, (_, n) => task({ name: 'b' + n, run: async (_, { task }) => {
  if (task.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 3_600_000))
  return process.pid
} }))
const deaf = task({ name: 'deaf', timeout: '1s', run: () => new Promise((resolve) => setTimeout(resolve, 3_600_000)) })`,
      `steps: [...beside, deaf]`,
    ),
  )
  await work({ count: 1 })
  const { id } = await t.engine.trigger({ pipeline: 'ignores' })
  const run = await t.engine.waitForRun(id)
  expect(taskOf(run, 'deaf')).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'task.timeout' } })
  expect(statesOf(run)).toMatchObject({ b0: 'success', b1: 'success', b2: 'success', b3: 'success' })
  for (const task of ['b0', 'b1', 'b2', 'b3']) {
    expect((await t.engine.attempts(id, task)).map(({ state }) => state)).toEqual(['lost', 'success'])
  }
})

test('a task that kills its process is found: it fails, and those that were beside it do not', async () => {
  await t.publish(
    stepsOf(
      'kills',
      `const beside = Array.from({ length: 6 }, (_, n) => task({ name: 'b' + n, run: () => new Promise((resolve) => setTimeout(resolve, 400)) }))
const culprit = task({ name: 'culprit', run: async () => {
  await new Promise((resolve) => setTimeout(resolve, 300))
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => undefined)
} })`,
      `steps: [...beside, culprit]`,
    ),
  )
  await work({ count: 1 })
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'kills' })).id)
  expect(taskOf(run, 'culprit')).toMatchObject({ state: 'failed', attempt: 4, error: { code: 'task.killed' } })
  for (let n = 0; n < 6; n++) expect(taskOf(run, `b${n}`)).toMatchObject({ state: 'success' })
  const losses = await t.pool.query<{ n: number }>("select losses as n from sluice.task_run where run = $1 and task <> 'culprit'", [run.id])
  expect(Math.max(...losses.map(({ n }) => n))).toBeLessThan(2)
})

test('tasks that somebody killed the process of run side by side again, soon, and so does what came after them', async () => {
  await t.publish({ ...waiters('lost', 6), ...waiters('after', 3) })
  const workers = await work({ count: 1 })
  const mark = join(t.stateDir, 'lost.mark')
  const lost = await t.engine.trigger({ pipeline: 'lost' }, { params: { mark } })
  await expect.poll(() => running(lost.id)).toBe(6)
  const [before] = workers.list()
  if (before === undefined) throw new Error('there is no worker process')
  process.kill(before.pid, 'SIGKILL')
  const after = await t.engine.trigger({ pipeline: 'after' }, { params: { mark } })
  await expect.poll(async () => [await running(lost.id), await running(after.id)]).toEqual([6, 3])
  writeFileSync(mark, '')
  const run = await t.engine.waitForRun(lost.id)
  expect(run.taskRuns.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array.from({ length: 6 }, () => 'success 2'))
  expect(await t.engine.waitForRun(after.id)).toMatchObject({ state: 'success' })
})

/** Blocks until the test lets it go, once what runs beside it has begun. */
const blocksBeside = `const still = new Int32Array(new SharedArrayBuffer(4))
const blocker = task({ name: 'blocker', run: async (_, { params, task }) => {
  if (task.attempt > 1) return
  while (!existsSync(params.mark + '.begun')) await new Promise((resolve) => setTimeout(resolve, 10))
  while (!existsSync(String(params.mark))) Atomics.wait(still, 0, 0, 20)
} })`

test('a task that waits and whose time ends while another blocks the event loop has the answer that came meanwhile', async () => {
  const upstream = createServer((socket) => void socket.on('data', () => setTimeout(() => socket.end('answer'), 200)))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  try {
    await t.publish(
      stepsOf(
        'answered',
        `import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
${blocksBeside}
const asks = task({ name: 'asks', timeout: '5s', run: (_, { params }) => new Promise((resolve, reject) => {
  const socket = connect({ host: '127.0.0.1', port: ${(upstream.address() as AddressInfo).port} })
  socket.setEncoding('utf8').once('data', resolve).once('error', reject)
  socket.write('question', () => writeFileSync(params.mark + '.begun', ''))
}) })`,
        `params: { mark: '' }, steps: [asks, blocker]`,
      ),
    )
    await work({ count: 1, graceMs: 600_000 })
    const mark = join(t.stateDir, 'answered.mark')
    const { id } = await t.engine.trigger({ pipeline: 'answered' }, { params: { mark } })
    await expect.poll(() => existsSync(`${mark}.begun`)).toBe(true)
    await delay(6_000)
    writeFileSync(mark, '')
    const run = await t.engine.waitForRun(id)
    expect(taskOf(run, 'asks')).toMatchObject({ state: 'success', output: 'answer', attempt: 1 })
  } finally {
    upstream.close()
  }
})

test('where a task blocks the event loop beyond the time of another one, both are lost and run again; neither has failed', async () => {
  await t.publish(
    stepsOf(
      'deafened',
      `import { existsSync, writeFileSync } from 'node:fs'
${blocksBeside}
const waits = task({ name: 'waits', timeout: '2s', run: async (_, { params, task }) => {
  writeFileSync(params.mark + '.begun', '')
  if (task.attempt === 1) await new Promise(() => setTimeout(() => undefined, 3_600_000))
} })`,
      `params: { mark: '' }, steps: [waits, blocker]`,
    ),
  )
  await work({ count: 1 })
  const mark = join(t.stateDir, 'deafened.mark')
  const { id } = await t.engine.trigger({ pipeline: 'deafened' }, { params: { mark } })
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
  for (const task of ['waits', 'blocker'])
    expect((await t.engine.attempts(id, task)).map(({ state }) => state)).toEqual(['lost', 'success'])
  const [lost] = await t.engine.attempts(id, 'waits')
  expect(lost?.error).toMatchObject({ code: 'task.killed', next: expect.stringContaining('isolated: true') })
})

test('cancelling a run stops its tasks and none of those beside them', async () => {
  await t.publish({
    ...stepsOf(
      'stopped',
      `const steps = Array.from({ length: 3 }, (_, n) => task({ name: 's' + n, run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }))`,
      'steps',
    ),
    ...waiters('untouched', 3),
  })
  await work({ count: 1 })
  const mark = join(t.stateDir, 'untouched.mark')
  const stopped = await t.engine.trigger({ pipeline: 'stopped' })
  const untouched = await t.engine.trigger({ pipeline: 'untouched' }, { params: { mark } })
  await expect.poll(async () => [await running(stopped.id), await running(untouched.id)]).toEqual([3, 3])
  await t.engine.cancel(stopped.id)
  expect(await t.engine.waitForRun(stopped.id)).toMatchObject({ state: 'cancelled' })
  expect(await running(untouched.id)).toBe(3)
  writeFileSync(mark, '')
  const run = await t.engine.waitForRun(untouched.id)
  expect(run.taskRuns.map(({ state, attempt }) => [state, attempt])).toEqual([
    ['success', 1],
    ['success', 1],
    ['success', 1],
  ])
})

test('a process that is told to end finishes all that it runs side by side', async () => {
  await t.publish(waiters('drains', 5))
  const workers = await work({ count: 1 })
  const mark = join(t.stateDir, 'drains.mark')
  const { id } = await t.engine.trigger({ pipeline: 'drains' }, { params: { mark } })
  await expect.poll(() => running(id)).toBe(5)
  const stopped = workers.stop()
  await untilRunning(id, 'w0')
  expect(existsSync(mark)).toBe(false)
  writeFileSync(mark, '')
  await stopped
  expect((await t.engine.run(id)).taskRuns.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(
    Array.from({ length: 5 }, () => 'success 1'),
  )
})

test('what a process has claimed and cannot hear of, since a task blocks it, is given back', async () => {
  await t.publish({
    ...stepsOf(
      'deafens',
      `import { existsSync, writeFileSync } from 'node:fs'
const still = new Int32Array(new SharedArrayBuffer(4))
const steps = [task({ name: 'long', run: async (_, { params }) => {
  while (!existsSync(params.mark + '.block')) await new Promise((resolve) => setTimeout(resolve, 10))
  writeFileSync(params.mark + '.blocked', '')
  while (!existsSync(String(params.mark))) Atomics.wait(still, 0, 0, 20)
} })]`,
      `params: { mark: '' }, steps`,
    ),
    ...stepsOf('unheard', `const steps = [task({ name: 'a', run: () => 1 })]`, 'steps'),
  })
  const unheard = (await t.engine.trigger({ pipeline: 'unheard' })).id
  await t.pool.query("update sluice.task_run set run_at = now() + interval '1 hour' where run = $1", [unheard])
  await work({ count: 1, pollMs: 20 })
  const mark = join(t.stateDir, 'deafens.mark')
  const { id } = await t.engine.trigger({ pipeline: 'deafens' }, { params: { mark } })
  await untilRunning(id, 'long')
  const waiting = `select query like '%from sluice.claim(%' as claims from pg_stat_activity
    where datname = current_database() and application_name = 'sluice worker' and wait_event_type = 'Lock'`
  // Its claim waits for this transaction, and is answered when its event loop is blocked.
  const answeredTooLate = (): Promise<boolean> =>
    t.pool.transaction(async (tx) => {
      await tx.query('lock table sluice.task_run in access exclusive mode')
      let waits: readonly { claims: boolean }[] = []
      // Not asked in the transaction, from where sessions stand still.
      while (waits.length === 0) waits = await t.pool.query<{ claims: boolean }>(waiting)
      // It may be another question of the process, which is answered first.
      if (!waits.some(({ claims }) => claims)) return false
      await tx.query("update sluice.task_run set run_at = now() - interval '1 minute' where run = $1", [unheard])
      writeFileSync(`${mark}.block`, '')
      while (!existsSync(`${mark}.blocked`)) await delay(10)
      return true
    })
  while (!(await answeredTooLate())) await delay(10)
  const task = async () => taskOf(await t.engine.run(unheard), 'a')
  const token = async () => (await t.pool.query<{ token: number }>('select token from sluice.task_run where run = $1', [unheard]))[0]?.token
  await expect.poll(token).toBe(1)
  await expect.poll(async () => (await task())?.state).toBe('queued')
  expect(await t.engine.attempts(unheard, 'a')).toEqual([])
  writeFileSync(mark, '')
  expect(await t.engine.waitForRun(unheard)).toMatchObject({ state: 'success' })
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'success' })
})
