import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { CapabilitySource } from './capabilities.ts'
import { startScheduler } from './scheduler.ts'
import { startWorkers, type WorkerEvent } from './supervisor.ts'
import { logOf, running, runOf, t, taskOf, untilRunning, work } from './testing/workers.ts'

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
  return { secrets: ['hunter2hunter2'], of: () => ({ capabilities: [{ name: 'vault', context: () => ({ secret }) }] }) }
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

const versioned = (answer: number) => ({
  versions: `
const a = task({ name: 'a', run: () => new Promise((resolve) => setTimeout(resolve, 400)) })
export default pipeline({ name: 'versions', maxActiveRuns: 9, steps: [a, task({ name: 'b', after: [a], run: () => process.pid + ':' + ${answer} })] })`,
})

test('one process serves a run of an old version and one of the new, each with its own code', async () => {
  const old = await t.publish(versioned(1))
  const workers = await work()
  const first = await t.engine.trigger({ pipeline: 'versions' })
  await untilRunning(first.id, 'a')
  const fresh = await t.publish(versioned(2))
  const second = await t.engine.trigger({ pipeline: 'versions' })
  const [one, two] = [await t.engine.waitForRun(first.id), await t.engine.waitForRun(second.id)]
  const [process] = workers.list()
  expect([one.version, taskOf(one, 'b')?.output]).toEqual([old, `${process?.pid}:1`])
  expect([two.version, taskOf(two, 'b')?.output]).toEqual([fresh, `${process?.pid}:2`])
})

test('a process imports so many versions; where another waits it ends its tasks, and a fresh one takes its place', async () => {
  const ended: WorkerEvent[] = []
  const runs: string[] = []
  for (let answer = 10; answer < 17; answer++) {
    await t.publish(versioned(answer))
    runs.push((await t.engine.trigger({ pipeline: 'versions' })).id)
  }
  await work({ maxVersions: 2, onEvent: (event) => event.kind === 'ended' && ended.push(event) })
  const outputs = await Promise.all(runs.map(async (run) => String(taskOf(await t.engine.waitForRun(run), 'b')?.output)))
  expect(outputs.map((output) => Number(output.split(':')[1]))).toEqual([10, 11, 12, 13, 14, 15, 16])
  const byProcess = Map.groupBy(outputs, (output) => output.split(':')[0])
  expect(byProcess.size).toBeGreaterThan(3)
  for (const each of byProcess.values()) expect(each.length).toBeLessThan(3)
  for (const event of ended) expect(event).toMatchObject({ code: 0, reaped: 0 })
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
  await t.pool.query("select made from sluice.create_runs($1, 'manual', null, '{silent}', '{manual:silent}', '{0}', '{0}', '{0}', '{}')", [
    row?.id,
  ])
  expect((await t.engine.waitForRun('silent')).state).toBe('success')
})
