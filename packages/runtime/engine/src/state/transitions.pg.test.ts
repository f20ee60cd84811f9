import { type TaskSpec, triggerRules } from '@sluice/author'
import type { Json } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Notifier } from '../act/notifier.ts'
import { schedulerPass } from '../act/scheduler.ts'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import type { TaskState } from '../api.ts'
import { propagate } from '../plan/propagate.ts'
import { type Claim, claim, markBegan, nextDueMs } from './claim.ts'
import { type FinishItem, finish, finishAndClaim } from './finish.ts'
import { outputsOf } from './inputs.ts'
import { mostLosses, reap, registerWorker } from './workers.ts'

let t: TestEngine
beforeAll(async () => {
  t = await testEngine()
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

interface TestWorker {
  readonly id: number
  claim(count?: number): Promise<readonly Claim[]>
  finish(claims: readonly Claim[], outcome: FinishItem['outcome'], rest?: Partial<FinishItem>): ReturnType<typeof finish>
}

async function workerOf(version: string, leaseMs = 60_000): Promise<TestWorker> {
  const id = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs })
  const [of] = await t.pool.query<{ id: number }>('select id from sluice.version where name = $1', [version])
  const versions = [of?.id ?? 0]
  return {
    id,
    claim: (room = 100) => claim(t.pool, id, { room, computing: 1, alone: true, versions }),
    finish: (claims, outcome, rest = {}) =>
      finish(
        t.pool,
        id,
        claims.map((each) => ({ ...item, id: each.id, token: each.token, outcome, ...rest })),
      ),
  }
}

const item: Omit<FinishItem, 'id' | 'token' | 'outcome'> = {
  delayMs: 0,
  output: undefined,
  error: null,
  reason: null,
  receipts: [],
  taken: [],
}
const failure = { code: 'task.failed', kind: 'retryable', message: 'no' } as const

async function statesOf(run: string): Promise<Record<string, TaskState>> {
  return Object.fromEntries((await t.engine.run(run)).taskRuns.map(({ task, state }) => [task, state]))
}

let serial = 0
async function begin(tasks: readonly TaskSpec[], rest: Parameters<typeof pipelineSpec>[2] = {}) {
  const name = `pipeline_${serial++}`
  const version = await t.publishSpecs([pipelineSpec(name, tasks, rest)])
  const run = await t.engine.trigger({ pipeline: name })
  return { name, version, run: run.id, worker: await workerOf(version) }
}

test('rule 6: random graphs with random outcomes end as the pure planner says, and nothing stays waiting', async () => {
  const seed = seedOfRun()
  const { chance, integer, next, pick } = seeded(seed)
  for (let round = 0; round < 25; round++) {
    const tasks: TaskSpec[] = []
    for (let n = 0; n < 3 + next() * 12; n++) {
      const upstream = tasks.filter(() => chance(0.35)).map(({ name }) => name)
      tasks.push(taskSpec(`t${n}`, upstream, { rule: triggerRules[integer(triggerRules.length)] ?? 'all_success' }))
    }
    const { run, worker } = await begin(tasks)
    const outcomes = new Map<string, TaskState>()
    for (;;) {
      const claims = await worker.claim(1 + integer(4))
      if (claims.length === 0) break
      for (const each of [...claims].sort(() => next() - 0.5)) {
        const outcome = pick(['success', 'success', 'failed', 'skipped'] as const)
        expect(outcomes.has(each.task)).toBe(false)
        outcomes.set(each.task, outcome)
        await worker.finish([each], outcome)
      }
    }
    expect(await statesOf(run), `SLUICE_SEED=${seed} round ${round}`).toEqual(Object.fromEntries(propagate(tasks, outcomes)))
    expect((await t.engine.run(run)).endedAt).not.toBeNull()
  }
})

test('rule 1: a late finish of an attempt that was reaped changes nothing, whoever sends it', async () => {
  const { run, version, worker } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  const [late] = await worker.claim()
  await reap(t.pool, [worker.id])
  const other = await workerOf(version)
  const [again] = await other.claim()
  expect(again).toMatchObject({ id: late?.id, attempt: 2 })
  if (late === undefined || again === undefined) throw new Error('nothing was claimed')
  expect(await worker.finish([late], 'success')).toMatchObject({ lost: [late.id], released: 0 })
  expect(await other.finish([{ ...again, token: 1 }], 'failed')).toMatchObject({ lost: [again.id] })
  expect(await statesOf(run)).toEqual({ a: 'running', b: 'waiting' })
  expect(await other.finish([again], 'success', { output: { n: 1 } })).toMatchObject({ lost: [], released: 1 })
  expect(await other.finish([again], 'failed')).toMatchObject({ lost: [again.id] })
  expect(await other.claim()).toMatchObject([{ task: 'b' }])
  expect(await outputsOf(t.pool, run, ['a'])).toEqual({ a: { n: 1 } })
  expect((await t.engine.attempts(run, 'a')).map(({ attempt, state }) => [attempt, state])).toEqual([
    [1, 'lost'],
    [2, 'success'],
  ])
})

test('400 parents to 300 children, finished by 4 at once in shuffled batches: every child runs once, without a deadlock', async () => {
  const { integer, next } = seeded(seedOfRun())
  const parents = Array.from({ length: 400 }, (_, n) => taskSpec(`p${n}`))
  const children = Array.from({ length: 300 }, (_, n) =>
    taskSpec(`c${n}`, [...new Set(Array.from({ length: 20 }, () => `p${integer(400)}`))]),
  )
  const { run, version } = await begin([...parents, ...children])
  const seen = new Map<number, number>()
  const loop = async (): Promise<void> => {
    const worker = await workerOf(version)
    for (;;) {
      const claims = await worker.claim(15)
      if (claims.length === 0) {
        if ((await t.engine.run(run)).endedAt !== null) return
        continue
      }
      for (const { id } of claims) seen.set(id, (seen.get(id) ?? 0) + 1)
      expect(
        (
          await worker.finish(
            [...claims].sort(() => next() - 0.5),
            'success',
          )
        ).lost,
      ).toEqual([])
    }
  }
  await Promise.all([loop(), loop(), loop(), loop()])
  expect(seen.size).toBe(700)
  expect([...seen.values()].every((times) => times === 1)).toBe(true)
  const [row] = await t.pool.query<{ deadlocks: number }>('select deadlocks from pg_stat_database where datname = current_database()')
  expect(row?.deadlocks).toBe(0)
})

test('rule 7: losses of workers and failures of the code are counted apart; a task lost too often fails', async () => {
  const { run, version, worker } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  const [first] = await worker.claim()
  if (first === undefined) throw new Error('nothing was claimed')
  await worker.finish([first], 'retry', { error: failure })
  for (let n = 0; n <= mostLosses; n++) {
    const doomed = await workerOf(version)
    expect((await doomed.claim())[0]).toMatchObject({ failures: 1, attempt: n + 2 })
    await reap(t.pool, [doomed.id])
  }
  const detail = await t.engine.run(run)
  expect(detail.state).toBe('failed')
  expect(detail.taskRuns[0]).toMatchObject({ state: 'failed', error: { code: 'task.killed' } })
  expect(detail.taskRuns[1]).toMatchObject({ state: 'upstream_failed' })
})

test('rule 5: two claims at once cannot spend one slot of a pool twice, and a full pool holds nobody else up', async () => {
  const tasks = Array.from({ length: 8 }, (_, n) => ({ ...taskSpec(`n${n}`), pool: { name: 'narrow', slots: 2 } }))
  const { version } = await begin([...tasks, taskSpec('free')])
  const workers = await Promise.all(Array.from({ length: 4 }, () => workerOf(version)))
  const claims = (await Promise.all(workers.map((worker) => worker.claim(4)))).flat()
  expect(claims.filter(({ task }) => task !== 'free')).toHaveLength(2)
  const [last] = workers
  expect([...claims, ...((await last?.claim(4)) ?? [])].some(({ task }) => task === 'free')).toBe(true)
  await reap(
    t.pool,
    workers.map(({ id }) => id),
  )
  const heir = await workerOf(version)
  const inherited = []
  for (let claims = await heir.claim(8); claims.length > 0; claims = await heir.claim(8)) inherited.push(...claims)
  expect(inherited.filter(({ task }) => task === 'free')).toHaveLength(1)
  expect(inherited).toHaveLength(3)
})

test('rule 5: claims that both saw a free slot of a pool count it again one after another', async () => {
  const { run, worker } = await begin([taskSpec('a', [], { pool: seats }), taskSpec('b', [], { pool: seats })])
  // Tasks of one urgency are seen no more than there are slots; these are of two.
  await t.pool.query("update sluice.task_run set priority = 1 where run = $1 and task = 'a'", [run])
  const claims = await t.pool.transaction(async (tx) => {
    await tx.query("select 1 from sluice.pool where name = 'p:seats' for update")
    const asked = [worker.claim(1), worker.claim(1)]
    await expect.poll(() => waiting()).toBe(2)
    return { asked }
  })
  expect((await Promise.all(claims.asked)).flat()).toHaveLength(1)
  expect((await t.engine.run(run)).tasks).toEqual({ running: 1, queued: 1 })
})

const seats = { name: 'seats', slots: 1 }

test('a claim looks past the most urgent tasks while others hold their rows', async () => {
  const { run, worker } = await begin(Array.from({ length: 60 }, (_, n) => taskSpec(`t${n}`)))
  await t.pool.transaction(async (tx) => {
    await tx.query('select 1 from sluice.task_run where run = $1 and no <= 59 for update', [run])
    expect((await worker.claim(1)).map(({ task }) => task)).toEqual(['t59'])
  })
  expect((await worker.claim(1)).map(({ task }) => task)).toEqual(['t0'])
})

test('rule 7: a task that was lost is claimed by itself, in its turn, and by a process that holds something only after a while', async () => {
  const { run, version, worker } = await begin([taskSpec('lost'), taskSpec('fresh'), taskSpec('urgent')])
  await t.pool.query("update sluice.task_run set state = 'waiting' where run = $1 and task <> 'lost'", [run])
  await worker.claim()
  await reap(t.pool, [worker.id])
  const due =
    "update sluice.task_run set state = 'queued', priority = case task when 'urgent' then 1 else 0 end, run_at = now() - $2::interval where run = $1 and task = any($3)"
  await t.pool.query(due, [run, '1 ms', ['fresh']])
  const { id } = await workerOf(version)
  const versions = [await versionIdOf(run)]
  const ask = async (alone: boolean) => (await claim(t.pool, id, { room: 9, computing: 1, alone, versions })).map(({ task }) => task)
  expect(await ask(false)).toEqual(['fresh'])
  await t.pool.query(due, [run, '0 ms', ['fresh', 'urgent']])
  expect(await ask(true)).toEqual(['urgent'])
  expect(await ask(true)).toEqual(['lost'])
  await t.pool.query("update sluice.task_run set state = 'queued', worker = null where run = $1", [run])
  await t.pool.query(due, [run, '6 seconds', ['lost']])
  expect(await ask(false)).toEqual(['urgent'])
  expect(await ask(false)).toEqual(['lost'])
  expect(await ask(false)).toEqual(['fresh'])
})

test('a claim that loses a deadlock over two pools is made again, and a publication locks pools in the order of claims', async () => {
  const pools = [
    { name: 'first', slots: 1 },
    { name: 'second', slots: 1 },
  ] as const
  const tasks = pools.map((pool) => taskSpec(pool.name, [], { pool }))
  const { worker, name } = await begin(tasks)
  const lock = "select 1 from sluice.pool where name = 'p:' || $1 for update"
  const claiming = await t.pool.transaction(async (tx) => {
    // A claim that waits looks for a deadlock before this transaction does.
    await tx.query("set local deadlock_timeout = '10s'")
    await tx.query(lock, ['second'])
    const asked = worker.claim()
    await expect.poll(() => waiting()).toBe(1)
    await tx.query(lock, ['first'])
    return { asked }
  })
  expect((await claiming.asked).map(({ task }) => task).sort()).toEqual(['first', 'second'])

  const publishing = await t.pool.transaction(async (tx) => {
    await tx.query(lock, ['first'])
    const asked = t.publishSpecs([pipelineSpec(name, [...tasks.toReversed(), taskSpec('new')])])
    await expect.poll(() => waiting()).toBe(1)
    await tx.query("set local lock_timeout = '1s'")
    await tx.query(lock, ['second'])
    return { asked }
  })
  await publishing.asked
})

/** Sessions that wait for a lock. */
const waiting = async (): Promise<number> =>
  (await t.pool.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).length

test('a worker whose lease has run out is given nothing, and what it holds goes back to the queue', async () => {
  const { version, worker } = await begin([taskSpec('a')])
  await worker.claim()
  await t.pool.execute("update sluice.worker set lease_until = now() - interval '1 ms' where id = $1", [worker.id])
  expect(await worker.claim()).toEqual([])
  expect(await reap(t.pool)).toMatchObject({ reaped: 1, released: 1 })
  expect(await reap(t.pool)).toMatchObject({ reaped: 0 })
  expect(await (await workerOf(version)).claim()).toHaveLength(1)
})

test('what the server still claims for a worker that is reaped meanwhile is found by the next reap', async () => {
  const { run, worker } = await begin([taskSpec('a')])
  const versions = [await versionIdOf(run)]
  await t.pool.transaction(async (tx) => {
    expect(await claim(tx, worker.id, { room: 1, computing: 1, alone: true, versions })).toHaveLength(1)
    expect(await reap(t.pool, [worker.id])).toMatchObject({ reaped: 0 })
  })
  expect(await reap(t.pool)).toMatchObject({ reaped: 1, released: 1 })
})

test('a claim given back unbegun consumes no attempt', async () => {
  const { worker } = await begin([taskSpec('a')])
  const [first] = await worker.claim()
  if (first === undefined) throw new Error('nothing was claimed')
  await worker.finish([first], 'released')
  expect((await worker.claim())[0]).toMatchObject({ attempt: 1 })
})

test('rule 1: a give-back that is sent again, since its answer was lost, does not end a later claim of the same worker', async () => {
  const { run, version, worker } = await begin([taskSpec('a')])
  const first = await worker.claim()
  expect((await worker.finish(first, 'released')).lost).toEqual([])
  const second = await worker.claim()
  expect(second).toMatchObject([{ id: first[0]?.id, attempt: 1 }])
  expect((await worker.finish(first, 'released')).lost).toEqual([first[0]?.id])
  expect(await statesOf(run)).toEqual({ a: 'running' })
  expect(await (await workerOf(version)).claim()).toEqual([])
  expect((await worker.finish(second, 'success')).lost).toEqual([])
})

test('rule 1: a poll of a sensor that is told twice does not end the next poll of the same worker', async () => {
  const { run, version, worker } = await begin([taskSpec('s', [], { kind: 'sensor', everyMs: 1 })])
  const first = await worker.claim()
  await worker.finish(first, 'rescheduled')
  const second = await worker.claim()
  expect(second).toMatchObject([{ attempt: 1 }])
  expect((await worker.finish(first, 'rescheduled')).lost).toEqual([first[0]?.id])
  expect(await statesOf(run)).toEqual({ s: 'running' })
  expect(await (await workerOf(version)).claim()).toEqual([])
})

test('the token of a task run only grows, whatever happens to it', async () => {
  const { run, worker } = await begin([taskSpec('a', [], { kind: 'sensor', everyMs: 1 })])
  const tokens: number[] = []
  const claimed = async () => {
    const claims = await worker.claim()
    tokens.push(...claims.map(({ token }) => token))
    return claims
  }
  for (const outcome of ['released', 'rescheduled', 'released', 'retry', 'failed'] as const) await worker.finish(await claimed(), outcome)
  await t.engine.clear({ run, task: 'a' })
  await claimed()
  await reap(t.pool, [worker.id])
  expect(tokens).toEqual([1, 2, 3, 4, 5, 6])
})

test('the most urgent task is claimed first, whatever version, kind and pool it is of', async () => {
  const seed = seedOfRun()
  const { integer } = seeded(seed)
  const tasks = Array.from({ length: 60 }, (_, n) =>
    taskSpec(`t${n}`, [], integer(3) === 0 ? { pool: { name: `pool${integer(3)}`, slots: 100 } } : {}),
  )
  const { run, worker } = await begin(tasks)
  for (let n = 0; n < 60; n++) {
    await t.pool.execute(
      "update sluice.task_run set priority = $2, run_at = now() - $3 * interval '1 ms', computes = $4 where run = $1 and task = $5",
      [run, integer(4) - 2, integer(9), integer(2) === 1, `t${n}`],
    )
  }
  const expected = await t.pool.query<{ task: string; computes: boolean }>(
    'select task, computes from sluice.task_run where run = $1 order by priority desc, run_at, id',
    [run],
  )
  const seen = { true: [] as string[], false: [] as string[] }
  for (let claims = await worker.claim(1 + integer(7)); claims.length > 0; claims = await worker.claim(1 + integer(7))) {
    for (const { task, computes } of claims) seen[`${computes}`].push(task)
  }
  const of = (kind: boolean) => expected.filter(({ computes }) => computes === kind).map(({ task }) => task)
  expect(seen, `SLUICE_SEED=${seed}`).toEqual({ true: of(true), false: of(false) })
})

test('a task that is mapped: those below wait for all of its task runs, take a list of what they gave, and each has its log', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  await t.pool.query("update sluice.task_run set map_index = 0 where run = $1 and task = 'a'", [run])
  await t.pool.query(
    `insert into sluice.task_run (run, no, map_index, definition, version, task, kind, rule, computes, state, upstream, run_at)
     select run, no, i, definition, version, task, kind, rule, computes, state, upstream, run_at
     from sluice.task_run, generate_series(1, 2) i where run = $1 and task = 'a'`,
    [run],
  )
  await t.pool.query("update sluice.task_run set upstream = 3 where run = $1 and task = 'b'", [run])
  const claims = await worker.claim()
  expect(claims.map(({ task, mapIndex }) => [task, mapIndex])).toEqual([0, 1, 2].map((n) => ['a', n]))
  for (const each of claims.toReversed()) {
    expect(await statesOf(run)).toMatchObject({ b: 'waiting' })
    await worker.finish([each], 'success', { output: { n: each.mapIndex } })
  }
  expect(await worker.claim()).toMatchObject([{ task: 'b', mapIndex: null }])
  expect(await outputsOf(t.pool, run, ['a'])).toEqual({ a: [{ n: 0 }, { n: 1 }, { n: 2 }] })
  expect((await t.engine.run(run)).taskRuns.map(({ task, mapIndex }) => [task, mapIndex])).toEqual([
    ['a', 0],
    ['a', 1],
    ['a', 2],
    ['b', null],
  ])
  expect((await t.engine.attempts(run, 'a')).map(({ log }) => log.split('/').slice(-3).join('/'))).toEqual([
    'a/0/1.log',
    'a/1/1.log',
    'a/2/1.log',
  ])
  expect(await t.engine.attempts(run, 'a', 1)).toHaveLength(1)
})

test('a run starts no later than its first task, whoever says that it began, and when nobody did', async () => {
  const startsBefore = async (run: string) =>
    (
      await t.pool.query<{ before: boolean }>(
        'select r.started_at <= min(t.started_at) as before from sluice.run r join sluice.task_run t on t.run = r.id where r.id = $1 group by r.id',
        [run],
      )
    )[0]?.before
  const { run, version, worker } = await begin([taskSpec('a'), taskSpec('b'), taskSpec('c')])
  const first = await worker.claim(1)
  await t.pool.query('select pg_sleep(0.01)')
  const second = await (await workerOf(version)).claim(1)
  await markBegan(t.pool, second)
  await markBegan(t.pool, first)
  expect(await startsBefore(run)).toBe(true)
  const untold = await begin([taskSpec('a')])
  const claims = await untold.worker.claim()
  await t.pool.query('select pg_sleep(0.01)')
  await untold.worker.finish(claims, 'success')
  expect(await startsBefore(untold.run)).toBe(true)
})

test('the task runs of a run come in pages, which end at some megabytes, and put together are all of them', async () => {
  const { run, worker } = await begin(Array.from({ length: 200 }, (_, n) => taskSpec(`t${n}`)))
  await worker.finish(await worker.claim(200), 'success', { output: 'x'.repeat(65_000) })
  const names: string[] = []
  const sizes: number[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await t.engine.run(run, { limit: 150, ...(cursor === '' ? {} : { cursor }) })
    names.push(...page.taskRuns.map(({ task }) => task))
    sizes.push(JSON.stringify(page).length)
    cursor = page.nextTasks
  }
  expect(names).toEqual(Array.from({ length: 200 }, (_, n) => `t${n}`))
  expect(sizes).toHaveLength(2)
  expect(Math.max(...sizes)).toBeLessThan(9_000_000)
  expect((await t.engine.run(run)).taskRuns).toHaveLength(200)
})

test('a sensor between two polls keeps its attempt and waits in the queue', async () => {
  const { run, worker } = await begin([taskSpec('s', [], { kind: 'sensor', everyMs: 600_000 })])
  const [first] = await worker.claim()
  if (first === undefined) throw new Error('nothing was claimed')
  await worker.finish([first], 'rescheduled', { delayMs: 600_000 })
  expect((await t.engine.attempts(run, 's')).map(({ state }) => state)).toEqual(['rescheduled'])
  expect(await worker.claim()).toEqual([])
  expect(await nextDueMs(t.pool, [await versionIdOf(run)])).toBeLessThanOrEqual(600_000)
  await t.pool.query('update sluice.task_run set run_at = now() where run = $1', [run])
  expect(await worker.claim()).toMatchObject([{ attempt: 1, firstStartedAt: first.firstStartedAt }])
})

test('the attempt of a sensor between two polls stays to be seen when its pipeline is paused, its run cancelled, its task cleared or marked', async () => {
  const polled = async () => {
    const { name, run, worker } = await begin([taskSpec('s', [], { kind: 'sensor', everyMs: 600_000 })])
    await worker.finish(await worker.claim(), 'rescheduled', { delayMs: 600_000 })
    return { name, run, worker }
  }
  const attemptsOf = async (run: string) =>
    (await t.engine.attempts(run, 's')).map(({ attempt, state, reason }) => [attempt, state, reason])

  const paused = await polled()
  await t.engine.setPaused({ pipeline: paused.name }, true)
  expect(await attemptsOf(paused.run)).toEqual([[1, 'rescheduled', null]])

  const cancelled = await polled()
  await t.engine.cancel(cancelled.run)
  expect(await attemptsOf(cancelled.run)).toEqual([[1, 'cancelled', 'the run was cancelled']])

  const cleared = await polled()
  await t.engine.clear({ run: cleared.run, task: 's' })
  expect(await cleared.worker.claim()).toMatchObject([{ attempt: 2 }])
  expect(await attemptsOf(cleared.run)).toEqual([
    [1, 'cancelled', 'the task was cleared'],
    [2, 'running', null],
  ])

  const marked = await polled()
  await t.engine.mark({ run: marked.run, task: 's', state: 'success' })
  expect(await attemptsOf(marked.run)).toEqual([[1, 'cancelled', 'marked by hand']])
})

async function versionIdOf(run: string): Promise<number> {
  const [row] = await t.pool.query<{ version: number }>('select version from sluice.task_run where run = $1', [run])
  return row?.version ?? 0
}

test('clear raises the generation of the task and those below, keeps the history and lets the run end again', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('b', ['a']), taskSpec('c', ['b']), taskSpec('x')])
  for (let claims = await worker.claim(); claims.length > 0; claims = await worker.claim())
    await worker.finish(claims, 'success', { output: 1 })
  expect((await t.engine.run(run)).state).toBe('success')
  expect(await t.engine.clear({ run, task: 'b' })).toEqual({ cleared: ['b', 'c'] })
  expect(await statesOf(run)).toEqual({ a: 'success', b: 'queued', c: 'waiting', x: 'success' })
  const again = await worker.claim()
  expect(again).toMatchObject([{ task: 'b', generation: 2, attempt: 2 }])
  expect(await outputsOf(t.pool, run, ['a'])).toEqual({ a: 1 })
  await worker.finish(again, 'success')
  await worker.finish(await worker.claim(), 'success')
  const detail = await t.engine.run(run)
  expect(detail.state).toBe('success')
  expect(detail.taskRuns.map(({ generation }) => generation)).toEqual([1, 2, 2, 1])
  expect((await t.engine.attempts(run, 'b')).map(({ attempt, state }) => [attempt, state])).toEqual([
    [1, 'success'],
    [2, 'success'],
  ])
})

test('what is cleared to be fetched again is so for its generation, also after a lost worker, and not for the next one', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  const next = async () => (await worker.claim()).map(({ task, generation, refetch }) => ({ task, generation, refetch }))
  const through = async () => {
    const seen = []
    for (let claims = await worker.claim(); claims.length > 0; claims = await worker.claim()) {
      seen.push(...claims.map(({ task, generation, refetch }) => [task, generation, refetch]))
      await worker.finish(claims, 'success')
    }
    return seen
  }
  expect(await through()).toEqual([
    ['a', 1, false],
    ['b', 1, false],
  ])
  await t.engine.clear({ run, task: 'a', refetch: true })
  expect(await next()).toEqual([{ task: 'a', generation: 2, refetch: true }])
  await t.pool.query("update sluice.task_run set state = 'queued', worker = null where run = $1 and task = 'a'", [run])
  expect(await through()).toEqual([
    ['a', 2, true],
    ['b', 2, true],
  ])
  await t.engine.clear({ run, task: 'a' })
  expect(await through()).toEqual([
    ['a', 3, false],
    ['b', 3, false],
  ])
})

test('a task cleared alone while another parent still runs does not let the child run early', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('q'), taskSpec('c', ['a', 'q'])])
  const claims = await worker.claim()
  const a = claims.filter(({ task }) => task === 'a')
  await worker.finish(a, 'success')
  await t.engine.clear({ run, task: 'a', only: true })
  await worker.finish(await worker.claim(), 'success')
  expect(await statesOf(run)).toEqual({ a: 'success', q: 'running', c: 'waiting' })
})

test('clear and mark refuse a running task', async () => {
  const { run, worker } = await begin([taskSpec('a')])
  await worker.claim()
  await expect(t.engine.clear({ run, task: 'a' })).rejects.toThrow('running')
  await expect(t.engine.mark({ run, task: 'a', state: 'success' })).rejects.toThrow('running')
})

test('a failed task marked as success lets what it held back run', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('b', ['a']), taskSpec('c', ['b'])])
  await worker.finish(await worker.claim(), 'failed', { error: failure })
  expect((await t.engine.run(run)).state).toBe('failed')
  expect(await t.engine.mark({ run, task: 'a', state: 'success' })).toMatchObject({ state: 'success', reason: 'marked by hand' })
  expect(await statesOf(run)).toEqual({ a: 'success', b: 'queued', c: 'waiting' })
  await worker.finish(await worker.claim(), 'success')
  await worker.finish(await worker.claim(), 'success')
  expect((await t.engine.run(run)).state).toBe('success')
})

test('cancel ends what has not begun at once, and the run when its running tasks have ended', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('b'), taskSpec('c', ['a'])])
  const claims = await worker.claim(1)
  expect(await t.engine.cancel(run)).toMatchObject({ endedAt: null, tasks: { running: 1, cancelled: 2 } })
  await worker.finish(claims, 'retry', { error: failure })
  expect(await t.engine.run(run)).toMatchObject({ state: 'cancelled', tasks: { cancelled: 3 } })
})

test('a run that fails notifies each channel once, however often its end is told, and again after it was cleared', async () => {
  const channel = { channel: 'email', to: 'ops' } as const
  const { run, worker } = await begin([taskSpec('a')], { notify: { failure: [channel] } })
  const outbox = () => t.pool.query<{ event: string; channel: Json }>('select event, channel from sluice.outbox where run = $1', [run])
  await worker.finish(await worker.claim(), 'failed', { error: failure })
  expect(await outbox()).toEqual([{ event: 'failure', channel }])
  await t.pool.query('select sluice.complete(array[$1])', [run])
  expect(await outbox()).toHaveLength(1)
  await t.engine.clear({ run, task: 'a' })
  await worker.finish(await worker.claim(), 'failed', { error: failure })
  expect(await outbox()).toHaveLength(2)
})

test('a receipt enters the ledger with the attempt that reported it first, also when the attempt failed', async () => {
  const { run, worker } = await begin([taskSpec('a')])
  const receipt = {
    dataset: 'p:lake.bronze.x',
    batch: 'b1',
    generation: 1,
    status: 'written',
    reason: null,
    version: 'v',
    inputs: [],
    rowsIn: 3,
    rowsWritten: 2,
    rowsQuarantined: 1,
    bytes: 9,
    credits: 0,
    writtenAt: 5,
    replayed: false,
  } as const
  await worker.finish(await worker.claim(), 'retry', { error: failure, receipts: [receipt] })
  await worker.finish(await worker.claim(), 'success', { receipts: [{ ...receipt, replayed: true }] })
  const { items } = await t.engine.ledger({ run })
  expect(items).toMatchObject([{ ...receipt, run, task: 'a', attempt: 1, project: 'p' }])
})

test('runs beyond maxActiveRuns wait in order and begin when one ends', async () => {
  const { name, run, worker } = await begin([taskSpec('a')], { maxActiveRuns: 1 })
  const second = await t.engine.trigger({ pipeline: name })
  expect(second.tasks).toEqual({ waiting: 1 })
  const first = await worker.claim()
  expect(first.map((each) => each.run)).toEqual([run])
  const finished = await worker.finish(first, 'success')
  expect(finished.endedRuns).toEqual([run])
  await schedulerPass(t.pool, new Notifier(t.pool), Date.now())
  expect((await worker.claim()).map((each) => each.run)).toEqual([second.id])
})

test('rule 11: schedulers that look at the same tick at the same time create one run', async () => {
  const name = `pipeline_${serial++}`
  const now = Date.UTC(2026, 0, 1)
  await t.publishSpecs([pipelineSpec(name, [taskSpec('a')], { schedule: { cron: '* * * * *' }, catchup: true })], { now })
  const notifier = new Notifier(t.pool)
  await Promise.all(Array.from({ length: 4 }, () => schedulerPass(t.pool, notifier, now + 180_000)))
  const { items } = await t.engine.runs({ pipeline: name })
  expect(items.map(({ key }) => key).sort()).toEqual([60_000, 120_000, 180_000].map((ms) => `scheduled:${now + ms}`))
  expect(items.every(({ interval }) => interval.end - interval.start === 60_000)).toBe(true)
})

test('a backfill gives ticks the keys the scheduler would have given, and reprocesses only when asked', async () => {
  const name = `pipeline_${serial++}`
  const version = await t.publishSpecs([pipelineSpec(name, [taskSpec('a')], { schedule: { cron: '0 * * * *' } })])
  const interval = { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 1, 3) }
  expect(await t.engine.backfill({ pipeline: name }, interval, { dryRun: true })).toMatchObject({ existing: [] })
  expect((await t.engine.runs({ pipeline: name })).items).toEqual([])
  const { created } = await t.engine.backfill({ pipeline: name }, interval)
  expect(created).toHaveLength(3)
  expect(await t.engine.backfill({ pipeline: name }, interval)).toEqual({ id: null, created: [], existing: created })
  const worker = await workerOf(version)
  await worker.finish(await worker.claim(), 'success')
  await t.engine.backfill({ pipeline: name }, interval, { reprocess: true })
  expect(await worker.claim()).toMatchObject([{ generation: 2 }, { generation: 2 }, { generation: 2 }])
})

test('a backfill that meets a running task changes nothing, neither runs to be made nor runs to be processed again', async () => {
  const name = `pipeline_${serial++}`
  const hourly = { schedule: { cron: '0 * * * *' }, maxActiveRuns: 9 }
  const version = await t.publishSpecs([pipelineSpec(name, [taskSpec('a')], hourly)])
  const [start, middle, end] = [0, 3, 6].map((hour) => Date.UTC(2026, 0, 1, hour)) as [number, number, number]
  await t.engine.backfill({ pipeline: name }, { start, end: middle })
  const worker = await workerOf(version)
  await worker.finish(await worker.claim(2), 'success')
  const [running] = await worker.claim(1)
  const seen = async () =>
    await t.pool.query(
      'select r.id, r.state, r.generation, t.state as task, t.generation as of from sluice.run r join sluice.task_run t on t.run = r.id where t.definition = (select definition from sluice.run where id = $1) order by r.id',
      [running?.run],
    )
  const before = await seen()
  expect(before).toHaveLength(3)
  await expect(t.engine.backfill({ pipeline: name }, { start, end }, { reprocess: true })).rejects.toMatchObject({
    code: 'request.invalid',
    facts: { runs: [running?.run] },
  })
  expect(await seen()).toEqual(before)
  await worker.finish(running === undefined ? [] : [running], 'success')
  const { created, existing } = await t.engine.backfill({ pipeline: name }, { start, end }, { reprocess: true })
  expect([created.length, existing.length]).toEqual([3, 3])
  expect(await worker.claim()).toHaveLength(6)
})

test('rule 12: a run keeps the version it began with', async () => {
  const name = `pipeline_${serial++}`
  const old = await t.publishSpecs([pipelineSpec(name, [taskSpec('a')])])
  const run = await t.engine.trigger({ pipeline: name })
  const fresh = await t.publishSpecs([pipelineSpec(name, [taskSpec('b')])])
  expect(await (await workerOf(fresh)).claim()).toEqual([])
  expect(await (await workerOf(old)).claim()).toMatchObject([{ run: run.id, task: 'a' }])
  expect((await t.engine.run(run.id)).version).toBe(old)
})

test('a run that has ended and is cleared goes on with the newest version: corrected code is what runs', async () => {
  const { name, run, worker } = await begin([taskSpec('a'), taskSpec('gone', ['a']), taskSpec('b', ['a'])])
  const end = async (each: TestWorker, outcome: FinishItem['outcome']): Promise<void> => {
    for (let claims = await each.claim(); claims.length > 0; claims = await each.claim()) await each.finish(claims, outcome)
  }
  await worker.finish(await worker.claim(), 'success')
  await worker.finish(await worker.claim(), 'failed', { error: failure })
  const fresh = await t.publishSpecs([pipelineSpec(name, [taskSpec('a'), taskSpec('new', ['a']), taskSpec('b', ['a', 'new'])])])
  const renewed = await workerOf(fresh)

  expect(await t.engine.clear({ run, task: 'b' })).toEqual({ cleared: ['b'] })
  expect((await t.engine.run(run)).version).toBe(fresh)
  expect(await worker.claim()).toEqual([])
  const claims = await renewed.claim()
  expect(claims.map(({ task, generation }) => [task, generation])).toEqual([['new', 1]])
  await renewed.finish(claims, 'success', { output: 7 })
  const [b] = await renewed.claim()
  expect(b).toMatchObject({ task: 'b', generation: 2 })
  expect(await outputsOf(t.pool, run, ['a', 'new', 'gone'])).toEqual({ new: 7 })
  await renewed.finish(b === undefined ? [] : [b], 'success')
  expect(await t.engine.run(run)).toMatchObject({
    state: 'success',
    taskRuns: [
      { task: 'a', state: 'success', generation: 1 },
      { task: 'new', state: 'success' },
      { task: 'b', state: 'success', upstream: ['a', 'new'] },
      { task: 'gone', state: 'skipped', reason: 'the newest version has no such task' },
    ],
  })

  const back = await t.publishSpecs([pipelineSpec(name, [taskSpec('gone'), taskSpec('a', ['gone'])])])
  await t.engine.clear({ run, task: 'gone' })
  await end(await workerOf(back), 'success')
  expect(await statesOf(run)).toEqual({ gone: 'success', a: 'success', new: 'success', b: 'success' })
})

test('a run that goes on keeps its version when a task of it is cleared, and a task that the newest version lacks is cleared in its own', async () => {
  const { name, version, run, worker } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  await worker.finish(await worker.claim(), 'success')
  await t.publishSpecs([pipelineSpec(name, [taskSpec('a')])])
  await t.engine.clear({ run, task: 'a', only: true })
  expect((await t.engine.run(run)).version).toBe(version)
  for (let claims = await worker.claim(); claims.length > 0; claims = await worker.claim()) await worker.finish(claims, 'success')
  await t.engine.clear({ run, task: 'b' })
  expect((await t.engine.run(run)).version).toBe(version)
  expect(await worker.claim()).toMatchObject([{ task: 'b', generation: 2 }])
  await expect(t.engine.clear({ run, task: 'b' })).rejects.toMatchObject({ code: 'request.invalid' })
})

test('a backfill that reprocesses runs the ticks with the newest version', async () => {
  const name = `pipeline_${serial++}`
  const hourly = { schedule: { cron: '0 * * * *' } }
  const old = await workerOf(await t.publishSpecs([pipelineSpec(name, [taskSpec('a')], hourly)]))
  const interval = { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 1, 2) }
  await t.engine.backfill({ pipeline: name }, interval)
  await old.finish(await old.claim(), 'success')
  const fresh = await workerOf(await t.publishSpecs([pipelineSpec(name, [taskSpec('a'), taskSpec('b', ['a'])], hourly)]))
  await t.engine.backfill({ pipeline: name }, interval, { reprocess: true })
  expect(await old.claim()).toEqual([])
  expect(await fresh.claim()).toMatchObject([
    { task: 'a', generation: 2 },
    { task: 'a', generation: 2 },
  ])
})

test('a NUL character in an output does not stop its task from ending', async () => {
  const { run, worker } = await begin([taskSpec('a')])
  await worker.finish(await worker.claim(), 'success', { output: 'a\0b\\u0000' })
  expect((await t.engine.run(run)).taskRuns[0]).toMatchObject({ state: 'success', output: 'a\ufffdb\\u0000' })
})

test('what jsonb cannot hold is replaced, not refused: NUL characters and halves of surrogate pairs', async () => {
  const { run, worker } = await begin([taskSpec('a')])
  await worker.finish(await worker.claim(), 'success', { output: ['\ud800', '\ud83d\ude00', '\\ud800'] })
  expect((await t.engine.run(run)).taskRuns[0]?.output).toEqual(['\ufffd', '\ud83d\ude00', '\\ud800'])
})

test('a finish that claims hands over the task it released', async () => {
  const { worker, version, run } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  const [a] = await worker.claim()
  if (a === undefined) throw new Error('nothing was claimed')
  const ends = [{ ...item, id: a.id, token: a.token, outcome: 'success', output: 7 }] as const
  const { finished, claims } = await finishAndClaim(t.pool, worker.id, ends, {
    room: 5,
    computing: 1,
    alone: true,
    versions: [await versionIdOf(run)],
  })
  expect(finished).toMatchObject({ released: 1, lost: [], endedRuns: [] })
  expect(claims).toMatchObject([{ task: 'b', attempt: 1 }])
  expect(await (await workerOf(version)).claim()).toEqual([])
})

test('batches that a step took are recorded when it ends well, and not while it may still be tried again', async () => {
  const { worker } = await begin([taskSpec('a'), taskSpec('b'), taskSpec('c')])
  const taken = [{ dataset: 'p:lake.silver.x', batch: 'one' }]
  const claims = await worker.claim()
  const of = (name: string) => claims.filter(({ task }) => task === name)
  await worker.finish(of('a'), 'retry', { taken, error: failure })
  await worker.finish(of('b'), 'skipped', { taken: [...taken, { dataset: 'p:lake.silver.x', batch: 'two' }] })
  await worker.finish(of('c'), 'failed', { taken, error: failure })
  const recorded = () => t.pool.query('select task, batch from sluice.taken order by task, batch')
  expect(await recorded()).toEqual([
    { task: 'b', batch: 'one' },
    { task: 'b', batch: 'two' },
  ])
  await worker.finish(await worker.claim(), 'success', { taken })
  expect(await recorded()).toContainEqual({ task: 'a', batch: 'one' })
})
