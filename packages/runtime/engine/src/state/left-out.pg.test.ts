import { expect, test } from 'vitest'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { claim } from './claim.ts'
import { type FinishItem, finish } from './finish.ts'
import { registerWorker } from './workers.ts'

/** land -> clean -> publish -> report, and tidy behind all of them. */
const tasks = [
  taskSpec('land'),
  taskSpec('clean', ['land']),
  taskSpec('publish', ['clean']),
  taskSpec('report', ['publish']),
  taskSpec('tidy', ['report'], { rule: 'all_done' }),
]

async function begin(t: TestEngine, only: readonly string[]) {
  await t.publishSpecs([pipelineSpec('part', tasks)])
  const worker = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs: 60_000 })
  const run = await t.engine.trigger({ pipeline: 'part' }, { only })
  const next = async (outcome?: FinishItem['outcome']): Promise<readonly string[]> => {
    const claims = await claim(t.pool, worker, { room: 100, computing: 1, alone: true, versions: null })
    const item = { delayMs: 0, output: undefined, error: null, reason: null, receipts: [], taken: [], outcome: outcome ?? 'success' }
    await finish(
      t.pool,
      worker,
      claims.map(({ id, token }) => ({ ...item, id, token })),
    )
    return claims.map(({ task }) => task)
  }
  const states = async () => {
    const { state, taskRuns } = await t.engine.run(run.id)
    return [state, ...taskRuns.map((each) => `${each.task} ${each.state}${each.reason === null ? '' : `: ${each.reason}`}`)]
  }
  return { run, next, states }
}

test('a run of some tasks runs these in their order, through those that it leaves out, and ends', async () => {
  await using t = await testEngine()
  const { run, next, states } = await begin(t, ['clean', 'report'])
  expect(await next()).toEqual(['clean'])
  expect(await next()).toEqual(['report'])
  expect(await next()).toEqual([])
  expect(await states()).toEqual([
    'success',
    'land success: not part of this run',
    'clean success',
    'publish success: not part of this run',
    'report success',
    'tidy success: not part of this run',
  ])
  // Cleared it is the same part again.
  await t.engine.clear({ run: run.id, task: 'land' })
  expect(await next()).toEqual(['clean'])
  expect(await next()).toEqual(['report'])
  expect((await states())[0]).toBe('success')
})

test('what fails stops those below it also through tasks that are left out', async () => {
  await using t = await testEngine()
  const { next, states } = await begin(t, ['clean', 'report'])
  expect(await next('failed')).toEqual(['clean'])
  expect(await next()).toEqual([])
  expect(await states()).toEqual([
    'failed',
    'land success: not part of this run',
    'clean failed',
    'publish upstream_failed: a task above failed',
    'report upstream_failed: a task above failed',
    'tidy success: not part of this run',
  ])
})

test('in a paused pipeline a part waits as a whole run does', async () => {
  await using t = await testEngine()
  await t.publishSpecs([pipelineSpec('part', tasks)])
  await t.engine.setPaused({ pipeline: 'part' }, true)
  const { next } = await begin(t, ['clean'])
  expect(await next()).toEqual([])
  await t.engine.setPaused({ pipeline: 'part' }, false)
  expect(await next()).toEqual(['clean'])
})
