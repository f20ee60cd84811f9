import { expect, test } from 'vitest'
import { taskSpec } from '../act/testing/test-engine.ts'
import { begin, statesOf, t } from '../act/testing/transitions.ts'

const waitsOf = async (run: string) => Object.fromEntries((await t.engine.run(run)).taskRuns.map(({ task, waitsFor }) => [task, waitsFor]))

test('each task that does not run says what it waits for, and pools say what is taken of them', async () => {
  const pool = { name: 'api', slots: 1 }
  const tasks = [taskSpec('a', [], { pool }), taskSpec('b', [], { pool }), taskSpec('c'), taskSpec('d', ['a'])]
  const { name, run, worker } = await begin(tasks, { maxActiveRuns: 1 })
  expect(await waitsOf(run)).toMatchObject({ a: { for: 'worker' }, d: { for: 'tasks' } })
  expect(await t.engine.pools()).toEqual([{ project: 'p', name: 'api', slots: 1, running: 0, queued: 2 }])
  const claims = await worker.claim()
  expect(claims.map(({ task }) => task)).toEqual(['a', 'c'])
  expect(await waitsOf(run)).toEqual({
    a: null,
    b: { for: 'pool', pool: 'api', slots: 1, running: 1 },
    c: null,
    d: { for: 'tasks' },
  })
  expect(await t.engine.pools(['p'])).toEqual([{ project: 'p', name: 'api', slots: 1, running: 1, queued: 1 }])
  expect(await t.engine.pools(['other'])).toEqual([])

  const { id: second } = await t.engine.trigger({ pipeline: name })
  expect(new Set(Object.values(await waitsOf(second)).map((waits) => waits?.for))).toEqual(new Set(['room']))
  await t.engine.setPaused({ pipeline: name }, true)
  expect((await waitsOf(run)).b).toEqual({ for: 'pipeline' })
  await t.engine.setPaused({ pipeline: name }, false)

  await worker.finish(claims, 'retry', { delayMs: 3_600_000 })
  const { a, b } = await waitsOf(run)
  expect([a, b]).toEqual([
    { for: 'time', until: expect.any(Number) },
    { for: 'worker', workers: expect.any(Number) },
  ])
  await t.engine.cancel(run)
  await t.engine.cancel(second)
  expect(await statesOf(second)).toMatchObject({ a: 'cancelled' })
  expect(new Set(Object.values(await waitsOf(run)))).toEqual(new Set([null]))
})
