import type { Queryable } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunDetail } from '../api.ts'
import { claim, markBegan } from '../state/claim.ts'
import { finish } from '../state/finish.ts'
import { registerWorker } from '../state/workers.ts'
import { givenBack } from './held-claims.ts'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from './testing/test-engine.ts'
import { runChanges, waitForRun } from './wait-for-run.ts'

let t: TestEngine
beforeAll(async () => {
  t = await testEngine()
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

test('whoever waits for a run of many tasks reads it whole at its beginning and its end, and between them what changed', async () => {
  await t.publishSpecs([pipelineSpec('wide', [taskSpec('first'), ...Array.from({ length: 500 }, (_, n) => taskSpec(`t${n}`, ['first']))])])
  const worker = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs: 3_600_000 })
  const { id } = await t.engine.trigger({ pipeline: 'wide' })
  const read: number[] = []
  const counting: Queryable = {
    query: async <Row extends object>(...statement: Parameters<Queryable['query']>) => {
      const rows = await t.pool.query<Row>(...statement)
      if (rows.length > 1) read.push(rows.length)
      return rows
    },
    execute: (...statement) => t.pool.execute(...statement),
  }
  const changes = runChanges(t.databaseUrl)
  const seen: RunDetail[] = []
  const waiting = waitForRun(counting, changes, id, { onProgress: (run) => seen.push(run) })
  const stateOf = (task: string) => seen.at(-1)?.taskRuns.find((each) => each.task === task)?.state
  const room = { room: 1, computing: 1, alone: true, versions: null } as const
  const end = (outcome: 'success' | 'failed', claims: Awaited<ReturnType<typeof claim>>) =>
    finish(
      t.pool,
      worker,
      claims.map((each) => ({ ...givenBack(each), outcome })),
    )

  await expect.poll(() => stateOf('first')).toBe('queued')
  const claims = await claim(t.pool, worker, room)
  await markBegan(t.pool, claims)
  await expect.poll(() => stateOf('first'), { timeout: 30_000 }).toBe('running')
  // The mark that a run has begun follows the claim.
  await expect.poll(() => seen.at(-1)?.state, { timeout: 30_000 }).toBe('running')
  expect(read.filter((rows) => rows > 400)).toEqual([501])
  const patient = waitForRun(t.pool, changes, id, {})
  await end('failed', claims)
  const ended = await waiting
  expect(ended.state).toBe('failed')
  expect(ended.taskRuns.filter(({ state }) => state === 'upstream_failed')).toHaveLength(500)
  expect(await patient).toEqual(ended)
  await changes.close()
})

test('a run that ends between two questions about it is told with the ends of its tasks', async () => {
  await t.publishSpecs([pipelineSpec('soon', [taskSpec('only')])])
  const worker = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs: 3_600_000 })
  const { id } = await t.engine.trigger({ pipeline: 'soon' })
  const claims = await claim(t.pool, worker, { room: 1, computing: 1, alone: true, versions: null })
  let looks = 0
  /** The run has begun by the first look, and ends behind it. */
  const between: Queryable = {
    query: async <Row extends object>(...[statement, ...rest]: Parameters<Queryable['query']>) => {
      const isFirstLook = typeof statement === 'object' && statement.name === 'sluice_end_of_run' && ++looks === 1
      if (isFirstLook) await markBegan(t.pool, claims)
      const rows = await t.pool.query<Row>(statement, ...rest)
      if (isFirstLook)
        await finish(
          t.pool,
          worker,
          claims.map((each) => ({ ...givenBack(each), outcome: 'success' })),
        )
      return rows
    },
    execute: (...statement) => t.pool.execute(...statement),
  }
  const changes = runChanges(t.databaseUrl)
  const run = await waitForRun(between, changes, id, {})
  expect(run.state).toBe('success')
  expect(run.taskRuns.map(({ state }) => state)).toEqual(['success'])
  await changes.close()
})
