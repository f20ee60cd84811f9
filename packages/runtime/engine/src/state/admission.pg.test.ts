import { activeRuns, type MaxActiveRuns } from '@sluice/author'
import { manualRunKey } from '@sluice/core'
import { listen } from '@sluice/postgres'
import { expect, test } from 'vitest'
import { Notifier } from '../act/notifier.ts'
import { schedulerPass } from '../act/scheduler.ts'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { channels } from './channels.ts'
import { type Claim, claim } from './claim.ts'
import { createRuns, type NewRun } from './create-runs.ts'
import { type FinishItem, finish } from './finish.ts'
import { reap, registerWorker } from './workers.ts'

const hour = 3_600_000
const start = Date.UTC(2026, 0, 1)
const interval = (hours: number) => ({ start, end: start + hours * hour })

let serial = 0
async function begin(t: TestEngine, maxActiveRuns: MaxActiveRuns | undefined, tasks = [taskSpec('a')], now = start) {
  const name = `admitted_${serial++}`
  const limit = maxActiveRuns === undefined ? { maxActiveRuns: activeRuns(name) } : { maxActiveRuns: activeRuns(name, maxActiveRuns) }
  await t.publishSpecs([{ ...pipelineSpec(name, tasks, { schedule: { cron: '0 * * * *' } }), ...limit }], { now })
  return { ref: { pipeline: name }, worker: await testWorker(t) }
}

const pass = (t: TestEngine, now = start) => schedulerPass(t.pool, new Notifier(t.pool), now)

interface TestWorker {
  readonly id: number
  claim(count?: number): Promise<readonly Claim[]>
  finish(claims: readonly (Claim | undefined)[], outcome: FinishItem['outcome'], rest?: Partial<FinishItem>): Promise<unknown>
}

async function testWorker(t: TestEngine): Promise<TestWorker> {
  const id = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs: 60_000 })
  const item = { delayMs: 0, output: undefined, error: null, reason: null, receipts: [], taken: [] }
  return {
    id,
    claim: (room = 100) => claim(t.pool, id, { room, computing: 1, alone: true, versions: null }),
    finish: (claims, outcome, rest = {}) => {
      const ended = claims.filter((each) => each !== undefined)
      return finish(
        t.pool,
        id,
        ended.map((each) => ({ ...item, id: each.id, token: each.token, outcome, ...rest })),
      )
    },
  }
}

test('a backfill takes the pipeline neither from its schedule nor from its people: their runs come next, and live ticks are not dropped', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, undefined)
  const { id, created } = await t.engine.backfill(ref, { start: start - 60 * hour, end: start })
  expect([typeof id, created.length]).toEqual(['number', 60])
  const first = await worker.claim()
  expect(first.map(({ trigger }) => trigger)).toEqual(['backfill'])
  await pass(t, start + hour)
  const manual = await t.engine.trigger(ref)
  expect(await worker.claim()).toEqual([])
  await worker.finish(first, 'success')
  await pass(t, start + hour)
  const second = await worker.claim()
  expect(second).toMatchObject([{ trigger: 'scheduled', logicalTime: start + hour }])
  await worker.finish(second, 'success')
  await pass(t, start + hour)
  const third = await worker.claim()
  expect(third.map(({ run }) => run)).toEqual([manual.id])
  await worker.finish(third, 'success')
  await pass(t, start + hour)
  expect(await worker.claim()).toMatchObject([{ trigger: 'backfill', logicalTime: start - 59 * hour }])
})

test('with room for more than one run a backfill leaves a place free, which a live tick takes at once', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 3)
  await t.engine.backfill(ref, { start: start - 9 * hour, end: start })
  expect((await worker.claim()).map(({ trigger }) => trigger)).toEqual(['backfill', 'backfill'])
  await pass(t, start + hour)
  expect((await worker.claim()).map(({ trigger }) => trigger)).toEqual(['scheduled'])
  await t.engine.trigger(ref)
  expect(await worker.claim()).toEqual([])
})

test('limits by class count each class for itself, and total counts all of them', async () => {
  await using t = await testEngine()
  const apart = await begin(t, { scheduled: 1, manual: 2, backfill: 3 })
  await t.engine.backfill(apart.ref, { start: start - 9 * hour, end: start })
  for (let n = 0; n < 4; n++) await t.engine.trigger(apart.ref)
  await pass(t, start + hour)
  expect((await apart.worker.claim()).map(({ trigger }) => trigger).sort()).toEqual([
    'backfill',
    'backfill',
    'backfill',
    'manual',
    'manual',
    'scheduled',
  ])
  const capped = await begin(t, { scheduled: 2, manual: 2, backfill: 3, total: 3 })
  await t.engine.backfill(capped.ref, { start: start - 9 * hour, end: start })
  await t.engine.trigger(capped.ref)
  expect(await capped.worker.claim()).toHaveLength(3)
})

test('tasks of a backfill are claimed behind those of people, however long they have waited', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, { manual: 1, backfill: 2 })
  await t.engine.backfill(ref, interval(2))
  await t.engine.trigger(ref)
  expect((await worker.claim(1)).map(({ trigger }) => trigger)).toEqual(['manual'])
})

test('a run of a backfill that was paused when its last run was cancelled begins once it is cleared', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 2)
  const { id } = await t.engine.backfill(ref, interval(3))
  await t.engine.pauseBackfill(id ?? 0, true)
  await worker.finish(await worker.claim(), 'success')
  const runs = (await t.engine.runs({ pipeline: ref.pipeline })).items
  for (const run of runs) if (run.state !== 'success') await t.engine.cancel(run.id)
  await t.engine.clear({ run: runs[0]?.id ?? '', task: 'a' })
  expect((await worker.claim()).map(({ run }) => run)).toEqual([runs[0]?.id])
})

test('a pipeline that is written for one run at a time is never run twice at once, whatever the class', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 1)
  await t.engine.backfill(ref, { start: start - 3 * hour, end: start })
  await pass(t, start + hour)
  await t.engine.trigger(ref)
  for (let n = 0; n < 5; n++) {
    const claims = await worker.claim()
    expect(claims).toHaveLength(1)
    await worker.finish(claims, 'success')
    await pass(t, start + hour)
  }
  expect(await worker.claim()).toEqual([])
})

test('cleared runs wait for room like any other, and hold up no live tick', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 1)
  const runs = []
  for (let n = 0; n < 4; n++) {
    runs.push(await t.engine.trigger(ref))
    await worker.finish(await worker.claim(), 'success')
    await pass(t)
  }
  for (const run of runs) await t.engine.clear({ run: run.id, task: 'a' })
  expect((await t.engine.run(runs[0]?.id ?? '')).state).toBe('queued')
  for (const run of runs) {
    const claims = await worker.claim()
    expect(claims).toMatchObject([{ run: run.id, generation: 2 }])
    await worker.finish(claims, 'success')
    await pass(t)
  }
  expect((await t.engine.run(runs[3]?.id ?? '')).state).toBe('success')

  await t.engine.backfill(ref, interval(5))
  for (let claims = await worker.claim(); claims.length > 0; claims = await worker.claim()) {
    await worker.finish(claims, 'success')
    await pass(t)
  }
  for (const { id } of (await t.engine.runs({ pipeline: ref.pipeline })).items) await t.engine.clear({ run: id, task: 'a' })
  await pass(t, start + 7 * hour)
  expect((await t.engine.runs({ pipeline: ref.pipeline })).items.map(({ key }) => key)).toContain(`scheduled:${start + 7 * hour}`)
})

test('ticks that are reprocessed belong to the backfill: they wait with it, oldest first, behind the schedule', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 1)
  for (let n = 1; n <= 3; n++) {
    await pass(t, start + n * hour)
    await worker.finish(await worker.claim(), 'success')
  }
  const { id, created, existing } = await t.engine.backfill(ref, { start, end: start + 5 * hour }, { reprocess: true })
  expect([created.length, existing.length]).toEqual([2, 3])
  expect(await t.engine.backfillOf(id ?? 0)).toMatchObject({ state: 'running', runs: { queued: 5 } })
  const first = await worker.claim()
  expect(first).toMatchObject([{ trigger: 'backfill', logicalTime: start }])
  await pass(t, start + 6 * hour)
  await worker.finish(first, 'success')
  await pass(t, start + 6 * hour)
  expect(await worker.claim()).toMatchObject([{ trigger: 'scheduled', logicalTime: start + 6 * hour }])
})

test('a backfill is paused, resumed and cancelled as a whole, and tells how far it is', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 3)
  const { id } = await t.engine.backfill(ref, interval(6), { maxActiveRuns: 1 })
  const backfill = id ?? 0
  const first = await worker.claim()
  expect(first).toHaveLength(1)
  await pass(t)
  expect(await worker.claim()).toEqual([])
  expect(await t.engine.pauseBackfill(backfill, true)).toMatchObject({ state: 'paused', maxActiveRuns: 1, runs: { queued: 6 } })
  await worker.finish(first, 'success')
  await pass(t)
  expect(await worker.claim()).toEqual([])
  expect(await t.engine.pauseBackfill(backfill, false)).toMatchObject({ state: 'running', runs: { success: 1, queued: 5 } })
  const second = await worker.claim()
  await worker.finish(second, 'failed')
  await pass(t)
  const third = await worker.claim()
  expect(third).toHaveLength(1)
  const cancelled = await t.engine.cancelBackfill(backfill)
  expect(cancelled).toMatchObject({ runs: { success: 1, failed: 1, cancelled: 3, queued: 1 }, endedAt: null })
  expect(cancelled.failedRuns).toEqual(second.map(({ run }) => run))
  await worker.finish(third, 'cancelled')
  expect(await t.engine.backfillOf(backfill)).toMatchObject({ state: 'cancelled', runs: { cancelled: 4 } })
  await expect(t.engine.cancelBackfill(backfill)).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(t.engine.backfillOf(999_999)).rejects.toMatchObject({ code: 'not_found' })
  expect((await t.engine.backfills({ pipeline: ref.pipeline })).items.map((each) => each.id)).toEqual([backfill])
  expect((await t.engine.backfill(ref, interval(6))).id).toBeNull()
})

test('a backfill that was cancelled is not paused any more, also by somebody who looked before', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 1)
  const { id } = await t.engine.backfill(ref, interval(3))
  const claims = await worker.claim()
  const { asked } = await t.pool.transaction(async (tx) => {
    await tx.query('select 1 from sluice.pipeline for no key update')
    const asked = t.engine.pauseBackfill(id ?? 0, true).then(
      () => 'paused',
      (error: { readonly code: string }) => error.code,
    )
    await expect
      .poll(
        async () =>
          (await t.pool.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).length,
      )
      .toBe(1)
    await tx.execute('update sluice.backfill set cancelled_at = now() where id = $1', [id])
    return { asked }
  })
  expect(await asked).toBe('request.invalid')
  expect(await t.engine.cancelBackfill(id ?? 0)).toMatchObject({ runs: { queued: 1, cancelled: 2 }, endedAt: null })
  await expect(t.engine.pauseBackfill(id ?? 0, true)).rejects.toMatchObject({ code: 'request.invalid' })
  await worker.finish(claims, 'cancelled')
  expect(await t.engine.backfillOf(id ?? 0)).toMatchObject({ state: 'cancelled' })
})

test('of a paused pipeline nothing begins, also nothing made by hand, and no queued task starts; tasks that run are left to end', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 4, [taskSpec('a'), taskSpec('b', ['a'])])
  const going = await t.engine.trigger(ref)
  const running = await worker.claim()
  const waiting = await t.engine.trigger(ref)
  await t.engine.setPaused(ref, true)
  expect(await worker.claim()).toEqual([])
  const manual = await t.engine.trigger(ref)
  await worker.finish(running, 'success')
  await pass(t, start + hour)
  expect(await worker.claim()).toEqual([])
  expect((await t.engine.run(going.id)).taskRuns.map(({ state }) => state)).toEqual(['success', 'waiting'])
  expect((await t.engine.runs({ pipeline: ref.pipeline })).items).toHaveLength(3)
  await t.engine.setPaused(ref, false)
  expect((await worker.claim()).map(({ run, task }) => [run, task])).toEqual([
    [going.id, 'b'],
    [waiting.id, 'a'],
    [manual.id, 'a'],
  ])
})

test('a retry and a task of a dead worker wait while their pipeline is paused, and keep the time before which they may not run', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 1, [taskSpec('a'), taskSpec('b')])
  const run = await t.engine.trigger(ref)
  const [a, b] = await worker.claim()
  await t.engine.setPaused(ref, true)
  await worker.finish([a], 'retry', { delayMs: 3_600_000 })
  await worker.finish([b], 'released')
  expect((await t.engine.run(run.id)).taskRuns.map(({ state }) => state)).toEqual(['waiting', 'waiting'])
  await t.engine.setPaused(ref, false)
  const [later] = (await t.engine.run(run.id)).taskRuns
  expect(later).toMatchObject({ state: 'queued' })
  expect((later?.runAt ?? 0) - Date.now()).toBeGreaterThan(3_000_000)
  expect((await worker.claim()).map(({ task }) => task)).toEqual(['b'])
})

test('a task whose worker died while its pipeline was paused waits until it goes on', async () => {
  await using t = await testEngine()
  const { ref, worker } = await begin(t, 1)
  const { id } = await t.engine.trigger(ref)
  expect(await worker.claim()).toHaveLength(1)
  await t.engine.setPaused(ref, true)
  await reap(t.pool, [worker.id])
  expect((await t.engine.run(id)).taskRuns.map(({ state }) => state)).toEqual(['waiting'])
  await t.engine.setPaused(ref, false)
  expect(await (await testWorker(t)).claim()).toMatchObject([{ run: id, losses: 1 }])
})

test('a run whose last tasks were decided by hand while its pipeline was paused ends when it goes on', async () => {
  await using t = await testEngine()
  const { ref } = await begin(t, 1, [taskSpec('a'), taskSpec('b', ['a'])])
  const { id } = await t.engine.trigger(ref)
  await t.engine.setPaused(ref, true)
  await t.engine.mark({ run: id, task: 'a', state: 'failed' })
  expect(await t.engine.run(id)).toMatchObject({ state: 'queued', tasks: { failed: 1, waiting: 1 } })
  await t.engine.setPaused(ref, false)
  expect(await t.engine.run(id)).toMatchObject({ state: 'failed', tasks: { failed: 1, upstream_failed: 1 } })
})

test('200 pipelines that wait for room hide nobody', async () => {
  await using t = await testEngine()
  const stuck = Array.from({ length: 205 }, (_, n) =>
    pipelineSpec(`stuck_${n}`, [taskSpec('a')], { schedule: { cron: '0 * * * *' }, maxActiveRuns: 1 }),
  )
  const minutely = pipelineSpec('minutely', [taskSpec('a')], { schedule: { cron: '0 * * * *' }, maxActiveRuns: 1 })
  await t.publishSpecs(stuck, { now: start })
  await pass(t, start + hour)
  await pass(t, start + 2 * hour)
  await t.publishSpecs([...stuck, minutely], { now: start + 150 * 60_000 })
  await pass(t, start + 3 * hour)
  expect((await t.engine.runs({ pipeline: 'minutely' })).items).toHaveLength(1)
})

test('one pipeline that fails ends no pass: it is told with its name, and ticks, dead workers and waiting runs of others are looked after', async () => {
  await using t = await testEngine()
  const schedule = { cron: '0 * * * *' }
  const specs = ['broken', 'well', 'waits'].map((name) => pipelineSpec(name, [taskSpec('a')], { schedule, maxActiveRuns: 1 }))
  await t.publishSpecs(specs, { now: start })
  const lost = await testWorker(t)
  await t.engine.trigger({ pipeline: 'well' })
  expect(await lost.claim()).toHaveLength(1)
  await t.pool.execute("update sluice.worker set lease_until = now() - interval '1 s' where id = $1", [lost.id])
  // A run that waits although there is room: whoever should have admitted it has died.
  const waiting = await t.engine.trigger({ pipeline: 'waits' })
  await t.pool.execute('update sluice.run set admitted = false where id = $1', [waiting.id])
  await t.pool.execute("update sluice.task_run set state = 'waiting' where run = $1", [waiting.id])
  for (let n = 0; n < 2; n++) await t.engine.trigger({ pipeline: 'broken' })
  await t.pool.execute(
    `update sluice.definition set spec = jsonb_set(spec, '{maxActiveRuns,total}', '"many"')
    where id = (select definition from sluice.pipeline where name = 'broken')`,
  )
  const troubles = await pass(t, start + hour)
  expect(troubles.length).toBeGreaterThan(0)
  expect(troubles.every((each) => each.startsWith('pipeline p:broken: '))).toBe(true)
  const claimed = [...(await (await testWorker(t)).claim()), ...(await (await testWorker(t)).claim())]
  expect(new Set(claimed.map(({ pipeline, trigger, attempt }) => `${pipeline} ${trigger} ${attempt}`))).toEqual(
    new Set(['broken manual 1', 'waits manual 1', 'well manual 2']),
  )
  const scheduled = (await t.engine.runs()).items.filter(({ trigger }) => trigger === 'scheduled')
  expect(scheduled.map(({ pipeline }) => pipeline).sort()).toEqual(['waits', 'well'])
})

test('a pipeline whose ticks are decided up to a time that has not come is told, and rewound by a command', async () => {
  await using t = await testEngine()
  const { ref } = await begin(t, 1, undefined, start + 48 * hour)
  const told = `pipeline p:${ref.pipeline}: its ticks are decided up to 2026-01-03T00:00:00.000Z, which has not come`
  expect((await pass(t, start)).filter((each) => each.startsWith(told))).toHaveLength(1)
  expect(await t.engine.rewind(ref, start)).toMatchObject({ nextTick: start + hour })
  expect((await pass(t, start)).filter((each) => each.startsWith(told))).toEqual([])
  await pass(t, start + hour)
  expect((await t.engine.runs({ pipeline: ref.pipeline })).items.map(({ logicalTime }) => logicalTime)).toEqual([start + hour])
})

test('creating runs does not grow with the runs that wait: 1,440 of a backfill in one statement, and one more beside 10,000', async () => {
  await using t = await testEngine()
  const { ref } = await begin(t, 1)
  const { created } = await t.engine.backfill(ref, { start: start - 1_440 * hour, end: start })
  expect(created).toHaveLength(1_440)
  await t.engine.backfill(ref, { start: start - 10_000 * hour, end: start - 1_440 * hour })
  await t.pool.query('analyze sluice.run')
  const [pipeline] = await t.pool.query<{ id: number }>('select id from sluice.pipeline')
  const run: NewRun = { id: 'one-more', key: manualRunKey('one-more'), logicalTime: start, interval: interval(1) }
  // Rows that the transaction reads, by the server's own count: no clock of a busy machine judges it, nor what another session has read.
  const read = await t.pool.transaction(async (tx) => {
    const of = { pipeline: pipeline?.id ?? 0, trigger: 'manual', params: {}, actor: 'owner', notifies: [] } as const
    expect(await createRuns(tx, { ...of, runs: [run] })).toMatchObject({ made: [run.key] })
    const [row] = await tx.query<{ n: number }>(
      "select idx_tup_fetch + seq_tup_read as n from pg_stat_xact_user_tables where schemaname = 'sluice' and relname = 'run'",
    )
    return Number(row?.n)
  })
  expect(read).toBeLessThan(200)
})

test('rule 4: runs that are made at once notify together', async () => {
  await using t = await testEngine()
  const { ref } = await begin(t, 1_000)
  let heard = 0
  const listener = await listen(t.databaseUrl, [channels.run], () => heard++)
  const began = performance.now()
  await Promise.all(Array.from({ length: 60 }, () => t.engine.trigger(ref)))
  const tookMs = performance.now() - began
  await t.engine.backfill(ref, interval(48))
  await expect.poll(() => heard, { timeout: 60_000 }).toBeGreaterThan(0)
  await listener.close()
  // At most one in 10 ms, one at the end, one of the backfill.
  expect(heard).toBeLessThanOrEqual(tookMs / 10 + 3)
  expect(heard).toBeLessThan(108)
})

test('a task that may begin is written once, in the queue; what waits for it, or for room, is written waiting', async () => {
  await using t = await testEngine()
  await begin(t, 1, [taskSpec('a'), taskSpec('b'), taskSpec('c', ['a', 'b'])])
  const [pipeline] = await t.pool.query<{ id: number }>('select id from sluice.pipeline')
  const run = (id: string): NewRun => ({ id, key: manualRunKey(id), logicalTime: start, interval: interval(1) })
  await t.pool.transaction(async (tx) => {
    const of = { pipeline: pipeline?.id ?? 0, trigger: 'manual', params: {}, actor: 'owner', notifies: [] } as const
    expect(await createRuns(tx, { ...of, runs: [run('first'), run('second')] })).toMatchObject({ released: 2 })
    const [changes] = await tx.query("select n_tup_upd::int as updated from pg_stat_xact_user_tables where relname = 'task_run'")
    expect(changes).toEqual({ updated: 0 })
    const changed = await tx.query(
      'select run, array_agg(changed = pg_current_xact_id() order by no) as told from sluice.task_run group by 1 order by 1',
    )
    expect(changed).toEqual([
      { run: 'first', told: [true, true, false] },
      { run: 'second', told: [false, false, false] },
    ])
  })
  // Where there is room for all of them, neither the runs nor their tasks are changed again.
  await begin(t, { manual: 2 })
  const [roomy] = await t.pool.query<{ id: number }>('select max(id) as id from sluice.pipeline')
  await t.pool.transaction(async (tx) => {
    const of = { pipeline: roomy?.id ?? 0, trigger: 'manual', params: {}, actor: 'owner', notifies: [] } as const
    const updates =
      "select sum(n_tup_upd)::int as updated from pg_stat_xact_user_tables where schemaname = 'sluice' and relname in ('run', 'task_run')"
    const before = await tx.query(updates)
    expect(await createRuns(tx, { ...of, runs: [run('third'), run('fourth')] })).toMatchObject({ released: 2 })
    expect(await tx.query(updates)).toEqual(before)
    expect(await createRuns(tx, { ...of, runs: [run('fifth')] })).toMatchObject({ released: 0 })
  })
  const states = await t.pool.query(
    "select run, array_agg(state order by no) as states from sluice.task_run where run in ('first', 'second') group by 1 order by 1",
  )
  expect(states).toEqual([
    { run: 'first', states: ['queued', 'queued', 'waiting'] },
    { run: 'second', states: ['waiting', 'waiting', 'waiting'] },
  ])
})

test('a run by hand is of what its pipeline is now, whatever the run before it knew', async () => {
  await using t = await testEngine()
  const ref = { project: 'p', pipeline: 'work' }
  const first = await t.publishSpecs([pipelineSpec('work', [taskSpec('a')])])
  expect(await t.engine.trigger(ref)).toMatchObject({ version: first, tasks: { queued: 1 } })
  expect(await t.engine.trigger(ref)).toMatchObject({ version: first })
  const second = await t.publishSpecs([pipelineSpec('work', [taskSpec('a'), taskSpec('b')])])
  expect(await t.engine.trigger(ref)).toMatchObject({ version: second, tasks: { queued: 2 } })
  await t.publishSpecs([pipelineSpec('other', [taskSpec('a')])])
  await expect(t.engine.trigger(ref)).rejects.toMatchObject({ code: 'not_found' })
})
