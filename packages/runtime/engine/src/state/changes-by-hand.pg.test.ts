import type { Json } from '@sluice/core'
import { expect, test } from 'vitest'
import { Notifier } from '../act/notifier.ts'
import { schedulerPass } from '../act/scheduler.ts'
import { pipelineSpec, taskSpec } from '../act/testing/test-engine.ts'
import { begin, failure, item, newName, statesOf, type TestWorker, t, versionIdOf, workerOf } from '../act/testing/transitions.ts'
import { type FinishItem, finishAndClaim } from './finish.ts'
import { outputsOf } from './inputs.ts'

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

test('the time of a run that is cleared counts from its new start, and one that is only marked keeps its own', async () => {
  const { run, worker } = await begin([taskSpec('a'), taskSpec('b', ['a'])])
  for (let claims = await worker.claim(); claims.length > 0; claims = await worker.claim()) await worker.finish(claims, 'success')
  const hourAgo = "- interval '1 hour'"
  await t.pool.query(`update sluice.task_run set started_at = started_at ${hourAgo}, ended_at = ended_at ${hourAgo} where run = $1`, [run])
  await t.pool.query(`update sluice.run set started_at = started_at ${hourAgo}, ended_at = ended_at ${hourAgo} where id = $1`, [run])
  const first = (await t.engine.run(run)).startedAt
  await t.engine.mark({ run, task: 'b', state: 'success' })
  const marked = await t.engine.run(run)
  expect(marked).toMatchObject({ state: 'success', startedAt: first })
  await t.engine.clear({ run, task: 'b' })
  expect(await t.engine.run(run)).toMatchObject({ state: 'queued', startedAt: null, endedAt: null })
  await worker.finish(await worker.claim(), 'success')
  const { startedAt, endedAt, taskRuns } = await t.engine.run(run)
  expect([startedAt, startedAt]).toEqual([taskRuns[1]?.startedAt, expect.any(Number)])
  expect((endedAt ?? 0) - (startedAt ?? 0)).toBeLessThan(3_000_000)
})

test('a cancel that meets the end of its run changes nothing, and says so', async () => {
  const { run, worker } = await begin([taskSpec('a')])
  await worker.claim()
  let cancelled: Promise<unknown> = Promise.resolve()
  await t.pool.transaction(async (tx) => {
    await tx.query("update sluice.run set state = 'success', ended_at = now() where id = $1", [run])
    cancelled = t.engine.cancel(run, { actor: 'user:ada' })
    cancelled.catch(() => undefined)
    const waits =
      "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%cancel_runs%' and datname = current_database()"
    await expect.poll(() => t.pool.query(waits)).toHaveLength(1)
  })
  await expect(cancelled).rejects.toMatchObject({ code: 'request.invalid' })
  expect(await t.engine.run(run)).toMatchObject({ state: 'success', changedBy: null })
  await expect(t.engine.cancel('000000000000')).rejects.toMatchObject({ code: 'not_found' })
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
  const name = newName()
  const now = Date.UTC(2026, 0, 1)
  await t.publishSpecs([pipelineSpec(name, [taskSpec('a')], { schedule: { cron: '* * * * *' }, catchup: true })], { now })
  const notifier = new Notifier(t.pool)
  await Promise.all(Array.from({ length: 4 }, () => schedulerPass(t.pool, notifier, now + 180_000)))
  const { items } = await t.engine.runs({ pipeline: name })
  expect(items.map(({ key }) => key).sort()).toEqual([60_000, 120_000, 180_000].map((ms) => `scheduled:${now + ms}`))
  expect(items.every(({ interval }) => interval.end - interval.start === 60_000)).toBe(true)
})

test('a backfill gives ticks the keys the scheduler would have given, and reprocesses only when asked', async () => {
  const name = newName()
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
  const name = newName()
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
  const name = newName()
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

  const history = expect.objectContaining({ code: 'request.invalid', message: expect.stringContaining('no task gone any more') })
  await expect(t.engine.clear({ run, task: 'gone' })).rejects.toEqual(history)
  await expect(t.engine.mark({ run, task: 'gone', state: 'success' })).rejects.toEqual(history)
  expect(await t.engine.attempts(run, 'gone'), 'what it did can still be read').toHaveLength(1)
  await expect(t.engine.clear({ run, task: 'never' })).rejects.toMatchObject({ code: 'not_found' })

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
  const name = newName()
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
