import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isAlive } from '@sluice/process'
import { killNamed, processesNamed } from '@sluice/process/testing/processes-named'
import { afterEach, expect, test } from 'vitest'
import type { WorkerEvent } from './supervisor.ts'
import { logOf, runOf, startHost, t, taskOf, untilRunning, work } from './testing/workers.ts'

// What a task starts is found by an entry that no program of ours knows of.
const name = (of: string): string => `SLUICE_TEST_CHILD=${of}${process.pid}`
afterEach(() => killNamed(new RegExp(`^SLUICE_TEST_CHILD=\\D*${process.pid}$`)))

/** A task that starts a child with a grandchild, and one that leaves its session, and then goes on as `then` says. */
const spawns = (pipeline: string, options: string, then: string): string => `
import { spawn } from 'node:child_process'
const env = { ...process.env, SLUICE_TEST_CHILD: '${name(pipeline).split('=')[1]}' }
const a = task({ name: 'a', ${options} run: async (_, { task }) => {
  if (task.attempt > 1) return 'again'
  spawn('sh', ['-c', 'sleep 600 & setsid sleep 600 & wait'], { env, stdio: 'ignore', detached: true }).unref()
  await new Promise((resolve) => spawn('sh', ['-c', 'setsid sleep 600 & echo'], { env }).stdout.once('data', resolve))
  ${then}
} })
export default pipeline({ name: '${pipeline}', steps: [a] })`

const blocks = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
const none = async (of: string): Promise<void> => expect.poll(() => processesNamed(name(of))).toEqual([])
const some = async (of: string): Promise<void> => expect.poll(() => processesNamed(name(of)).length).toBeGreaterThan(3)

test('what a task started is gone when it ends, however it ends', async () => {
  expect(taskOf(await runOf('returns', spawns('returns', '', 'return 1')), 'a')?.state).toBe('success')
  expect(processesNamed(name('returns'))).toEqual([])
  expect(taskOf(await runOf('throws', spawns('throws', '', `throw new Error('no')`)), 'a')?.state).toBe('failed')
  expect(processesNamed(name('throws'))).toEqual([])
})

test('what a task started dies with a task that ignores its timeout', async () => {
  const run = await runOf('late', spawns('late', "timeout: '1s',", blocks))
  expect(taskOf(run, 'a')).toMatchObject({ state: 'failed', error: { code: 'task.timeout' } })
  await none('late')
})

test('what a task started dies with a task that is cancelled and does not stop', async () => {
  await t.publish({ cancelled: spawns('cancelled', '', blocks) })
  await work()
  const { id } = await t.engine.trigger({ pipeline: 'cancelled' })
  await some('cancelled')
  await t.engine.cancel(id)
  expect(await t.engine.waitForRun(id)).toMatchObject({ state: 'cancelled' })
  await none('cancelled')
})

test('what a task started is gone before the task runs again after the death of its worker', async () => {
  await t.publish({ killed: spawns('killed', '', blocks) })
  const workers = await work({ leaseMs: 3_600_000 })
  const { id } = await t.engine.trigger({ pipeline: 'killed' })
  await some('killed')
  process.kill(workers.list()[0]?.pid ?? 0, 'SIGKILL')
  expect(taskOf(await t.engine.waitForRun(id), 'a')).toMatchObject({ state: 'success', output: 'again' })
  expect(processesNamed(name('killed'))).toEqual([])
})

test('when the supervisor is killed its workers leave, and what their tasks started goes with them', async () => {
  await t.publish({ orphaned: spawns('orphaned', '', blocks) })
  const host = startHost()
  const [pid = 0] = await new Promise<readonly number[]>((resolve) => host.once('message', (message) => resolve(message as number[])))
  const { id } = await t.engine.trigger({ pipeline: 'orphaned' })
  await untilRunning(id, 'a')
  await some('orphaned')
  host.kill('SIGKILL')
  await none('orphaned')
  await expect.poll(() => isAlive(pid)).toBe(false)
  await t.engine.cancel(id)
})

/** The lines that are not the engine's own. */
const printedIn = async (run: string, task: string) => (await logOf(run, task)).filter(({ from }) => from !== undefined)

test('what was left behind by a host that was killed as a whole is killed by the next one', async () => {
  await t.publish({ left: spawns('left', '', blocks) })
  const host = startHost()
  const pids = await new Promise<readonly number[]>((resolve) => host.once('message', (message) => resolve(message as number[])))
  const { id } = await t.engine.trigger({ pipeline: 'left' })
  await some('left')
  for (const pid of [host.pid ?? 0, ...pids]) process.kill(pid, 'SIGKILL')
  await expect.poll(() => isAlive(host.pid ?? 0)).toBe(false)
  expect(processesNamed(name('left')).length).toBeGreaterThan(0)
  await t.engine.cancel(id)
  await work()
  await none('left')
})

/** A module of capabilities that knows a secret and opens nothing. */
function secretive(): { readonly module: string } {
  const file = join(t.stateDir, 'secretive.ts')
  writeFileSync(file, `export const openCapabilities = () => ({ secrets: ['hunter2hunter2'], of: () => ({ capabilities: [] }) })`)
  return { module: pathToFileURL(file).href }
}

test('what children print is in the log of their attempt, masked, also of tasks side by side and when they block', async () => {
  const run = await runOf(
    'prints',
    `
import { execSync, spawn } from 'node:child_process'
const said = (text) => new Promise((resolve) => spawn('sh', ['-c', 'echo ' + text + '; echo to error >&2'], { stdio: 'inherit' }).once('exit', resolve))
const a = task({ name: 'a', run: async () => { await said('from a with hunter2hunter2'); execSync('echo blocking a', { stdio: 'inherit' }) } })
const b = task({ name: 'b', run: async () => { await said('from b') } })
export default pipeline({ name: 'prints', steps: [a, b] })`,
    { capabilities: secretive() },
  )
  const printed = async (task: string) => (await printedIn(run.id, task)).map(({ message }) => message)
  expect(await printed('a')).toEqual(['from a with ***', 'to error', 'blocking a'])
  expect(await printed('b')).toEqual(['from b', 'to error'])
})

test('what a process prints below its console is in the log of the attempt that runs alone, masked', async () => {
  const run = await runOf(
    'below',
    `
import { writeSync } from 'node:fs'
const a = task({ name: 'a', run: () => { writeSync(1, 'one hunter2hunter2\\ntwo'); process._rawDebug('three') } })
export default pipeline({ name: 'below', steps: [a] })`,
    { capabilities: secretive() },
  )
  expect((await printedIn(run.id, 'a')).map(({ message }) => message)).toEqual(['one ***', 'twothree'])
})

test('what was printed before a kill is in the log, and its file is gone', async () => {
  await t.publish({
    dies: `
import { execSync } from 'node:child_process'
import { writeSync } from 'node:fs'
const a = task({ name: 'a', run: (_, { task }) => {
  if (task.attempt > 1) return
  execSync('echo by the child hunter2hunter2', { stdio: 'inherit' })
  writeSync(2, 'by the process hunter2hunter2')
  process.kill(process.pid, 'SIGKILL')
} })
export default pipeline({ name: 'dies', steps: [a] })`,
  })
  await work({ capabilities: secretive() })
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'dies' })).id)
  const [first] = await t.engine.attempts(run.id, 'a')
  const messages = (await logOf(run.id, 'a')).map(({ message }) => message)
  expect(messages).toEqual(expect.arrayContaining(['by the child ***', 'by the process ***']))
  expect(existsSync(join(t.stateDir, `${first?.log}.output`))).toBe(false)
})

test('what belongs to no attempt is told with the process, masked', async () => {
  await t.publish({
    outside: `
import { writeSync } from 'node:fs'
const a = task({ name: 'a', run: () => { setTimeout(() => writeSync(1, 'late hunter2hunter2\\n'), 50) } })
export default pipeline({ name: 'outside', steps: [a] })`,
  })
  const events: WorkerEvent[] = []
  const workers = await work({ capabilities: secretive(), pollMs: 50, onEvent: (event) => events.push(event) })
  await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'outside' })).id)
  const pid = workers.list()[0]?.pid
  await expect.poll(() => events).toContainEqual({ kind: 'printed', pid, line: 'late ***', attempts: [] })
})

test('the end of a task that died with its process says how the process ended', async () => {
  const ends = async (deed: string): Promise<unknown> => {
    const run = await runOf('ends', `export default pipeline({ name: 'ends', steps: [task({ name: 'a', run: () => { ${deed} } })] })`)
    return taskOf(run, 'a')?.error?.message
  }
  const told = [
    await ends('process.reallyExit(0)'),
    await ends('process.reallyExit(7)'),
    await ends('process.abort()'),
    await ends("process.kill(process.pid, 'SIGKILL')"),
  ]
  const died = (how: string) => expect.stringMatching(new RegExp(`^the worker process \\d+ ${how} while it ran this task$`))
  expect(told).toEqual([
    died('ended itself with exit code 0'),
    died('ended itself with exit code 7'),
    died('was aborted \\(SIGABRT\\)'),
    died('was killed( by the kernel)? \\(SIGKILL\\).*'),
  ])
})
