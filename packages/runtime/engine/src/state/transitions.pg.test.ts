import { type TaskSpec, triggerRules } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { pipelineSpec, taskSpec } from '../act/testing/test-engine.ts'
import { begin, failure, statesOf, t, versionIdOf, workerOf } from '../act/testing/transitions.ts'
import type { TaskState } from '../api.ts'
import { propagate } from '../plan/propagate.ts'
import { claim, markBegan, nextDueMs } from './claim.ts'
import { outputsOf } from './inputs.ts'
import { mostLosses, reap } from './workers.ts'

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
  const deadlocks = async (): Promise<number | undefined> => {
    const sql = 'select deadlocks from pg_stat_database where datname = current_database()'
    return (await t.pool.query<{ deadlocks: number }>(sql))[0]?.deadlocks
  }
  // Another test makes one on purpose.
  const before = await deadlocks()
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
  expect(await deadlocks()).toBe(before)
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
  const { run, version, worker } = await begin(tasks)
  for (let n = 0; n < 60; n++) {
    // All workers but one may compute for an isolated task at once.
    await workerOf(version)
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

test('a claim looks for an isolated task once, however many tasks there are', async () => {
  const { run, worker } = await begin(Array.from({ length: 60 }, (_, n) => taskSpec(`t${n}`)))
  await t.pool.query("update sluice.task_run set computes = true, priority = (task = 't59')::int where run = $1", [run])
  const [looks] = await t.pool.transaction(async (tx) => {
    await tx.query("set local track_functions = 'all'")
    await tx.query('select from sluice.claim($1, 100, 1, true, array[(select version from sluice.task_run where run = $2 limit 1)])', [
      worker.id,
      run,
    ])
    return await tx.query<{ calls: number }>("select pg_stat_get_xact_function_calls('sluice.lock_urgent'::regproc)::int as calls")
  })
  expect(looks?.calls).toBeLessThanOrEqual(3)
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
