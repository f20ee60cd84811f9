import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { WorkerEvent } from './supervisor.ts'
import { logOf, runOf, statesOf, t, taskOf, work } from './testing/workers.ts'

const wait = 'const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))\n'
const until = `import { existsSync } from 'node:fs'
const until = async (mark) => { while (!existsSync(String(mark))) await new Promise((resolve) => setTimeout(resolve, 20)) }
`
const messagesOf = async (run: string, task: string): Promise<readonly unknown[]> => (await logOf(run, task)).map(({ message }) => message)

test('an error that a task leaves behind fails nobody: it is told at the end of its log, and the process is replaced', async () => {
  await t.publish({
    leaks: `${wait}export default pipeline({ name: 'leaks', params: { late: 400 }, steps: [task({ name: 'leak', run: (_, { params }) => {
  setTimeout(() => { void Promise.reject(new Error('LEAKED by leak')) }, Number(params.late))
  return process.pid
} })] })`,
    victims: `${until}export default pipeline({ name: 'victims', params: { mark: '' }, maxActiveRuns: 9, steps: [task({ name: 'innocent', run: async (_, { params }) => {
  await until(params.mark)
  return process.pid
} })] })`,
  })
  const told: string[] = []
  await work({ count: 1, onEvent: (event) => event.kind === 'trouble' && told.push(event.message) })
  const mark = join(t.stateDir, 'victims.mark')
  const victim = await t.engine.trigger({ pipeline: 'victims' }, { params: { mark } })
  const leak = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'leaks' })).id)
  expect(statesOf(leak)).toEqual({ leak: 'success' })
  await expect.poll(() => told.join()).toContain('LEAKED by leak')
  expect(told[0]).toMatch(/^p\.leaks\.leak left an error behind/)
  writeFileSync(mark, '')
  const innocent = taskOf(await t.engine.waitForRun(victim.id), 'innocent')
  expect(innocent).toMatchObject({ state: 'success', attempt: 1, output: taskOf(leak, 'leak')?.output })
  expect((await logOf(leak.id, 'leak')).at(-1)).toMatchObject({ level: 'error', message: expect.stringContaining('LEAKED by leak') })
  expect(JSON.stringify(await t.engine.attempts(victim.id, 'innocent'))).not.toContain('LEAKED')
  const next = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'victims' }, { params: { mark } })).id)
  expect(taskOf(next, 'innocent')?.output).not.toBe(innocent?.output)
})

test('what a file leaves behind when it is imported ends no process of others: it is told with its place', async () => {
  await t.publish({
    // Of this process the test itself is one that imports the file.
    top: `if (process.env.SLUICE_PROCESS_OF) {
  setTimeout(() => { throw new Error('LEFT by top') }, 50)
  setTimeout(() => process.exit(3), 60)
}
export default pipeline({ name: 'top', steps: [task({ name: 'a', run: () => process.pid })] })`,
    other: `export default pipeline({ name: 'other', steps: [task({ name: 'a', run: () => process.pid })] })`,
  })
  const events: WorkerEvent[] = []
  const workers = await work({ count: 1, onEvent: (event) => events.push(event) })
  const told = () => events.flatMap((event) => (event.kind === 'trouble' ? [event.message] : []))
  await expect.poll(() => told().join()).toMatch(/LEFT by top.*may not end its process/)
  expect(told()[0]).toMatch(/^p\/pipelines\/top\.ts:\d+:\d+ left an error behind when it was imported/)
  const [process] = workers.list()
  for (const pipeline of ['other', 'top']) {
    expect(taskOf(await t.engine.waitForRun((await t.engine.trigger({ pipeline })).id), 'a')?.output).toBe(process?.pid)
  }
  expect(events.filter(({ kind }) => kind === 'started')).toHaveLength(1)
})

test('an error that nobody awaits fails the attempt whose code threw it, and none of those beside it', async () => {
  const culprits: Readonly<Record<string, string>> = {
    rejects: `void Promise.reject(new Error('of rejects'))`,
    later: `setTimeout(() => { throw new Error('of later') }, 50)`,
    tick: `process.nextTick(() => { throw new Error('of tick') })`,
    child: `import('node:child_process').then(({ spawn }) => spawn('/no/such/program'))`,
    stream: `import('node:fs').then(({ createReadStream }) => createReadStream('/no/such/file'))`,
    deep: `void (async () => { await wait(60); await null; throw new Error('of deep') })()`,
    nothing: 'void Promise.reject()',
    hostile: `void Promise.reject(new Proxy({}, { get() { throw new Error('trap') } }))`,
  }
  const steps = Object.entries(culprits).map(
    ([name, code]) => `task({ name: '${name}', run: async () => { ${code}; await wait(3_600_000) } })`,
  )
  await t.publish({
    strays: `${wait}${until}
const beside = Array.from({ length: 5 }, (_, n) => task({ name: 'b' + n, run: async (_, { params }) => { await until(params.mark) } }))
export default pipeline({ name: 'strays', params: { mark: '' }, steps: [...beside, ${steps.join(', ')}] })`,
  })
  await work({ count: 2 })
  const mark = join(t.stateDir, 'strays.mark')
  const { id } = await t.engine.trigger({ pipeline: 'strays' }, { params: { mark } })
  const failed = async () => (await t.engine.run(id)).taskRuns.filter(({ state }) => state === 'failed').map(({ task }) => task)
  await expect.poll(async () => (await failed()).length).toBe(Object.keys(culprits).length)
  writeFileSync(mark, '')
  const run = await t.engine.waitForRun(id)
  for (let n = 0; n < 5; n++) expect(taskOf(run, `b${n}`)).toMatchObject({ state: 'success', attempt: 1 })
  const messages = Object.fromEntries(Object.keys(culprits).map((name) => [name, taskOf(run, name)?.error?.message]))
  expect(messages).toMatchObject({
    rejects: 'of rejects',
    later: 'of later',
    tick: 'of tick',
    child: expect.stringContaining('ENOENT'),
    stream: expect.stringContaining('ENOENT'),
    deep: 'of deep',
    nothing: expect.stringContaining('nothing was thrown'),
    hostile: expect.stringContaining('cannot be read'),
  })
})

test('an error of which nobody knows the task is a loss of those at hand, and fails none of the innocent', async () => {
  await t.publish({
    nameless: `${wait}import { EventEmitter } from 'node:events'
const emitter = new EventEmitter()
setInterval(() => emitter.emit('beat'), 100)
const beside = Array.from({ length: 3 }, (_, n) => task({ name: 'b' + n, run: () => wait(300) }))
const culprit = task({ name: 'culprit', run: async () => { emitter.on('beat', () => { throw new Error('of nobody') }); await wait(3_600_000) } })
export default pipeline({ name: 'nameless', steps: [...beside, culprit] })`,
  })
  const told: string[] = []
  await work({ count: 1, onEvent: (event) => event.kind === 'trouble' && told.push(event.message) })
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'nameless' })).id)
  expect(statesOf(run)).toEqual({ b0: 'success', b1: 'success', b2: 'success', culprit: 'failed' })
  expect(taskOf(run, 'culprit')?.error?.code).toBe('task.killed')
  expect(told.join()).toContain('of nobody')
})

test('what tasks print side by side, past console as well, is in the log of each', async () => {
  const run = await runOf(
    'prints',
    `${wait}const steps = Array.from({ length: 4 }, (_, n) => task({ name: 'p' + n, run: async () => {
  process.stdout.write('half of ' + n)
  await wait(50)
  process.stdout.write(', rest of ' + n + '\\n')
  process.stderr.write(Buffer.from('é of ' + n + '\\n').subarray(0, 1))
  process.stderr.write(Buffer.from('é of ' + n + '\\n').subarray(1))
  console.dir({ dir: n })
  console.table([{ n }])
  await new Promise((resolve) => process.stdout.write('no end of ' + n, resolve))
  setTimeout(() => console.log('by a timer of ' + n), 20)
  await wait(60)
} }))
export default pipeline({ name: 'prints', steps })`,
  )
  for (let n = 0; n < 4; n++) {
    const lines = await messagesOf(run.id, `p${n}`)
    for (const line of [`half of ${n}, rest of ${n}`, `é of ${n}`, `{ dir: ${n} }`, `no end of ${n}`, `by a timer of ${n}`]) {
      expect(lines, `p${n}`).toContain(line)
    }
    expect(lines.join('\n')).not.toMatch(new RegExp(`of [${[0, 1, 2, 3].filter((other) => other !== n).join('')}]`))
  }
})

test('what a task changes in the environment is seen by it and its children alone', async () => {
  process.env.SLUICE_TEST_KEPT = 'kept'
  const run = await runOf(
    'environments',
    `${wait}import { execFileSync } from 'node:child_process'
const child = () => execFileSync('sh', ['-c', 'echo "$OWN,$SLUICE_TEST_KEPT"'], { encoding: 'utf8' }).trim()
const steps = Array.from({ length: 4 }, (_, n) => task({ name: 'e' + n, run: async () => {
  const before = process.env.OWN ?? 'none'
  process.env.OWN = 'own ' + n
  if (n === 0) delete process.env.SLUICE_TEST_KEPT
  await wait(100)
  return [before, process.env.OWN, 'OWN' in process.env, Object.keys(process.env).includes('SLUICE_TEST_KEPT'), { ...process.env }.OWN, child()]
} }))
const after = task({ name: 'after', after: steps, run: () => [process.env.OWN ?? 'none', process.env.SLUICE_TEST_KEPT, child()] })
export default pipeline({ name: 'environments', steps: [...steps, after] })`,
  )
  expect(taskOf(run, 'e0')?.output).toEqual(['none', 'own 0', true, false, 'own 0', 'own 0,'])
  for (let n = 1; n < 4; n++) expect(taskOf(run, `e${n}`)?.output).toEqual(['none', `own ${n}`, true, true, `own ${n}`, `own ${n},kept`])
  expect(taskOf(run, 'after')?.output).toEqual(['none', 'kept', ',kept'])
})

test('what a task puts in the place of what all use is used by it alone, and it removes no listener of the process', async () => {
  process.env.SLUICE_TEST_KEPT = 'kept'
  const run = await runOf(
    'replaces',
    `${wait}import { execFileSync } from 'node:child_process'
const child = () => execFileSync('sh', ['-c', 'echo "$OWN,$SLUICE_TEST_KEPT"'], { encoding: 'utf8' }).trim()
const prints = (name, ms, more = {}) => task({ name, ...more, run: async () => {
  await wait(ms)
  console.log('printed')
  process.stdout.write('written\\n')
  return [process.env.OWN ?? 'none', process.env.SLUICE_TEST_KEPT, child()]
} })
const replaces = task({ name: 'replaces', run: async () => {
  const { PATH } = process.env
  process.env = { PATH, OWN: 'own' }
  const written = []
  console.log = (text) => written.push(text)
  process.stdout.write = (text) => written.push(text) > 0
  await wait(200)
  console.log('mine')
  process.stdout.write('mine, too')
  return [process.env.OWN, process.env.SLUICE_TEST_KEPT ?? 'none', child(), ...written]
} })
const removes = task({ name: 'removes', run: async () => {
  process.on('unhandledRejection', () => undefined)
  process.removeAllListeners('unhandledRejection')
  process.removeAllListeners()
  await wait(10)
  void Promise.reject(new Error('astray'))
  await wait(100)
} })
const masks = task({ name: 'masks', run: () => process.umask(0o777) })
const steps = [replaces, removes, masks]
export default pipeline({ name: 'replaces', steps: [...steps, prints('beside', 100), prints('after', 0, { after: steps, rule: 'all_done' })] })`,
  )
  expect(taskOf(run, 'replaces')?.output).toEqual(['own', 'none', 'own,', 'mine', 'mine, too'])
  for (const task of ['beside', 'after']) {
    expect(taskOf(run, task)).toMatchObject({ state: 'success', attempt: 1, output: ['none', 'kept', ',kept'] })
    expect(await messagesOf(run.id, task)).toEqual(expect.arrayContaining(['printed', 'written']))
  }
  expect(taskOf(run, 'removes')).toMatchObject({ state: 'failed', attempt: 1, error: { message: 'astray' } })
  expect(taskOf(run, 'masks')).toMatchObject({ state: 'failed', error: { code: 'task.refused', facts: { call: 'process.umask' } } })
})

test('a task may not leave the working directory or end the process: it is told, also where it catches what is thrown', async () => {
  const ended: WorkerEvent[] = []
  const run = await runOf(
    'shared',
    `${wait}const beside = task({ name: 'beside', run: async () => { await wait(400); return process.cwd() } })
const moves = task({ name: 'moves', run: () => process.chdir('/') })
const exits = task({ name: 'exits', run: () => process.exit(0) })
const insists = task({ name: 'insists', run: async () => { try { process.exit(7) } catch {} await wait(100); return 'went on' } })
export default pipeline({ name: 'shared', steps: [beside, moves, exits, insists] })`,
    { onEvent: (event) => event.kind === 'ended' && ended.push(event) },
  )
  expect(taskOf(run, 'beside')).toMatchObject({ state: 'success', attempt: 1, output: process.cwd() })
  for (const [task, call] of Object.entries({ moves: 'process.chdir', exits: 'process.exit', insists: 'process.exit' })) {
    expect(taskOf(run, task)).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { code: 'task.refused', next: expect.any(String), facts: { call } },
    })
  }
  expect(ended).toEqual([])
})

test('an interval that a task sets ends with it, and is told; one that it clears is not', async () => {
  await t.publish({
    intervals: `${wait}import { writeFileSync } from 'node:fs'
import { setInterval as every } from 'node:timers'
const left = task({ name: 'left', run: async (_, { params }) => {
  let beats = 0
  setInterval(() => writeFileSync(String(params.mark), String(++beats)), 10)
  every(() => undefined, 10)
  const cleared = setInterval(() => undefined, 10)
  clearInterval(cleared)
  setInterval(() => undefined, 10).close()
  await wait(60)
} })
export default pipeline({ name: 'intervals', params: { mark: '' }, steps: [left, task({ name: 'after', after: [left], run: () => wait(300) })] })`,
  })
  await work({ count: 1 })
  const mark = join(t.stateDir, 'intervals.mark')
  const run = await t.engine.waitForRun((await t.engine.trigger({ pipeline: 'intervals' }, { params: { mark } })).id)
  expect(run.state).toBe('success')
  const lines = (await logOf(run.id, 'left')).filter(({ level }) => level === 'warn')
  expect(lines).toMatchObject([
    { message: expect.stringMatching(/^an interval set at p\/pipelines\/intervals\.ts:\d+:\d+ went on/) },
    { message: expect.stringMatching(/^an interval set at p\/pipelines\/intervals\.ts:\d+:\d+ went on/) },
  ])
  expect(existsSync(mark)).toBe(true)
})

test('whatever a task throws, its worker lives and the error says what can be said', async () => {
  const ended: WorkerEvent[] = []
  const thrown: Readonly<Record<string, readonly [code: string, message: unknown]>> = {
    text: [`throw 'a string'`, 'a string'],
    nothing: ['throw undefined', 'undefined'],
    plain: [`throw { code: 7, message: 'quota exceeded' }`, 'quota exceeded'],
    getter: [`throw Object.defineProperty(new Error('evil'), 'message', { get() { throw new Error('inner') } })`, expect.any(String)],
    speechless: [`throw { toString() { throw new Error('no string') } }`, expect.any(String)],
    symbol: [`throw Symbol('s')`, expect.stringContaining('s')],
    proxy: [`throw new Proxy({}, { get() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } })`, expect.any(String)],
    several: [`return Promise.any([Promise.reject(new Error('disk A')), Promise.reject(new Error('disk B'))])`, /disk A.*disk B/],
    circle: [`const e = new Error('round'); e.cause = e; throw e`, 'round'],
    thenable: [`return { then(_, reject) { reject(new Error('thenable')) } }`, 'thenable'],
    nul: [`throw new Error('a\\u0000b \\ud800')`, expect.stringContaining('a')],
  }
  const steps = Object.entries(thrown).map(([name, [code]]) => `task({ name: '${name}', run: () => { ${code} } })`)
  const run = await runOf('throws', `export default pipeline({ name: 'throws', steps: [${steps.join(', ')}] })`, {
    onEvent: (event) => event.kind === 'ended' && ended.push(event),
  })
  for (const [name, [, message]] of Object.entries(thrown)) {
    const { state, attempt, error } = taskOf(run, name) ?? {}
    expect([name, state, attempt, error?.code]).toEqual([name, 'failed', 1, 'task.failed'])
    if (message instanceof RegExp) expect(error?.message).toMatch(message)
    else expect(error?.message).toEqual(message)
  }
  expect(ended).toEqual([])
})
