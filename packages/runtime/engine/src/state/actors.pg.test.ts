import type { Actor } from '@sluice/core'
import type { By } from '@sluice/postgres'
import { expect, test } from 'vitest'
import { Notifier } from '../act/notifier.ts'
import { schedulerPass } from '../act/scheduler.ts'
import { pipelineSpec, taskSpec } from '../act/testing/test-engine.ts'
import { begin, newName, t } from '../act/testing/transitions.ts'

const hour = 3_600_000
const kept = 'create table if not exists public.kept (actor text)'
/** What is recorded in the transaction of a change. */
const recording = (actor: Actor): By => ({
  actor,
  record: async (tx) => void (await tx.execute('insert into public.kept values ($1)', [actor])),
})
const failing = (actor: Actor): By => ({ actor, record: () => Promise.reject(new Error('the record cannot be written')) })
const recorded = async () => (await t.pool.query<{ actor: string }>('delete from public.kept returning actor')).map(({ actor }) => actor)

async function scheduled(): Promise<{ readonly project: string; readonly pipeline: string }> {
  const pipeline = newName()
  await t.publishSpecs([pipelineSpec(pipeline, [taskSpec('a')], { schedule: { cron: '0 * * * *' } })])
  return { project: 'p', pipeline }
}

test('a run names who made it: the schedule, a user, and the owner where nobody is named', async () => {
  const ref = await scheduled()
  expect(await t.engine.trigger(ref, {}, { actor: 'user:ada' })).toMatchObject({ trigger: 'manual', actor: 'user:ada', changedBy: null })
  expect(await t.engine.trigger(ref)).toMatchObject({ actor: 'owner' })
  await t.engine.rewind(ref, Date.now() - 2 * hour)
  await schedulerPass(t.pool, new Notifier(t.pool), Date.now())
  const { items } = await t.engine.runs(ref)
  expect(items.filter(({ trigger }) => trigger === 'scheduled').map(({ actor }) => actor)).toContain('schedule')
})

test('each change by hand names its actor on what it changed, and what is recorded of it stands in its transaction', async () => {
  await t.pool.execute(kept)
  await recorded()
  const ada = recording('token:ada/ci')
  const ref = await scheduled()
  expect((await t.engine.setPaused(ref, true, ada)).changedBy).toBe('token:ada/ci')
  expect((await t.engine.rewind(ref, Date.now(), recording('user:bob'))).changedBy).toBe('user:bob')
  await t.engine.setPaused(ref, false, ada)
  const { id } = await t.engine.trigger(ref, {}, ada)
  expect(await t.engine.cancel(id, recording('user:bob'))).toMatchObject({ actor: 'token:ada/ci', changedBy: 'user:bob' })
  await t.engine.clear({ run: id, task: 'a' }, ada)
  expect((await t.engine.run(id)).changedBy).toBe('token:ada/ci')
  await t.engine.mark({ run: id, task: 'a', state: 'success' }, recording('user:bob'))
  expect(await t.engine.run(id)).toMatchObject({ state: 'success', changedBy: 'user:bob' })
  const interval = { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 1, 3) }
  const backfill = (await t.engine.backfill(ref, interval, {}, ada)).id ?? 0
  expect(await t.engine.backfillOf(backfill)).toMatchObject({ actor: 'token:ada/ci', changedBy: null })
  expect((await t.engine.pauseBackfill(backfill, true, recording('user:bob'))).changedBy).toBe('user:bob')
  expect((await t.engine.cancelBackfill(backfill, ada)).changedBy).toBe('token:ada/ci')
  const again = await t.engine.backfill(ref, interval, { reprocess: true }, recording('user:bob'))
  const { items } = await t.engine.runs({ ...ref, limit: 10 })
  expect(again.existing).toHaveLength(3)
  expect(items.filter(({ trigger }) => trigger === 'backfill')).toMatchObject(
    Array.from({ length: 3 }, () => ({ actor: 'token:ada/ci', changedBy: 'user:bob' })),
  )
  const [a, b] = ['token:ada/ci', 'user:bob']
  expect(await recorded()).toEqual([a, b, a, a, b, a, b, a, b, a, b])
})

test('a change that cannot be recorded does not happen, and one that is refused is not recorded', async () => {
  await t.pool.execute(kept)
  await recorded()
  const ref = await scheduled()
  const bob = failing('user:bob')
  const { id } = await t.engine.trigger(ref, {}, { actor: 'user:ada' })
  const fails = [
    () => t.engine.setPaused(ref, true, bob),
    () => t.engine.rewind(ref, 0, bob),
    () => t.engine.trigger(ref, {}, bob),
    () => t.engine.cancel(id, bob),
    () => t.engine.clear({ run: id, task: 'a' }, bob),
    () => t.engine.mark({ run: id, task: 'a', state: 'failed' }, bob),
    () => t.engine.backfill(ref, { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 2) }, {}, bob),
  ]
  for (const act of fails) await expect(act()).rejects.toThrow('the record cannot be written')
  expect(await t.engine.pipeline(ref)).toMatchObject({ paused: false, changedBy: null })
  expect((await t.engine.runs(ref)).items).toMatchObject([{ id, state: 'queued', changedBy: null }])
  expect((await t.engine.backfills(ref)).items).toEqual([])

  const busy = await begin([taskSpec('a')])
  await busy.worker.claim()
  const ada = recording('user:ada')
  await expect(t.engine.clear({ run: busy.run, task: 'a' }, ada)).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(t.engine.mark({ run: busy.run, task: 'a', state: 'failed' }, ada)).rejects.toMatchObject({ code: 'request.invalid' })
  expect(await recorded()).toEqual([])
})
