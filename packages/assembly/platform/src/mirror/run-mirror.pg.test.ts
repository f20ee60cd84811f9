import { changedRuns } from '@sluice/engine'
import { runInSteps, type TestEngine, testEngine } from '@sluice/engine/testing'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { platformMigrations } from '@sluice/warehouse'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunMirror, startRunMirror } from './run-mirror.ts'

let t: TestEngine
let database: TestDatabase
let warehouse: Pool
let notes: string[]
beforeEach(async () => {
  t = await testEngine()
  database = await testDatabase({ migrations: await platformMigrations() })
  warehouse = openPool(database.url)
  notes = []
})
afterEach(async () => {
  await warehouse.end()
  await database.drop()
  await t[Symbol.asyncDispose]()
})

const mirror = (url = database.url): Promise<RunMirror> =>
  startRunMirror({ databaseUrl: t.databaseUrl, warehouses: { p: { ownerUrl: url } }, note: (text) => notes.push(text), pollMs: 3_600_000 })

/** All that is to be copied is, and the mirror has ended. */
const mirrored = async (url?: string): Promise<void> => (await mirror(url)).stop()

const copied = () =>
  warehouse.query(
    'select run, state, failed_task, error_code, error, tasks, tasks_succeeded as ok, tasks_failed as bad from public.sluice_runs order by run',
  )

const begin = () => runInSteps(t)

test('a run that fails before it loads anything is in the warehouse with its task and error, and not before it ends', async () => {
  const { run, step } = await begin()
  await mirrored()
  expect(await copied()).toEqual([])
  await step('failed')
  await mirrored()
  const error = { failed_task: 'extract', error_code: 'source.unauthorized', error: 'the key is not known' }
  expect(await copied()).toEqual([{ run, state: 'failed', ...error, tasks: 2, ok: 0, bad: 2 }])
  expect(notes).toEqual([])
})

test('a cleared run keeps its one row, which follows it', async () => {
  const { run, step } = await begin()
  await step('failed')
  await mirrored()
  await t.engine.clear({ run, task: 'extract' })
  await mirrored()
  expect(await copied()).toMatchObject([{ run, state: 'queued', failed_task: null, error: null }])
  await step('success')
  await step('success')
  await mirrored()
  expect(await copied()).toMatchObject([{ run, state: 'success', ok: 2, bad: 0 }])
})

test('a mirror that dies between the copy and its mark leaves what the next one does again, to the same rows', async () => {
  const { step } = await begin()
  await step('failed')
  await mirrored()
  const first = await copied()
  await t.pool.query('update sluice.run set mirrored = 0')
  await Promise.all([mirrored(), mirrored()])
  expect(await copied()).toEqual(first)
  expect(await changedRuns(t.pool, 'p', 10)).toEqual([])
})

test('a warehouse that lost its rows gets them again', async () => {
  const { run, step } = await begin()
  await step('failed')
  await mirrored()
  await warehouse.query('truncate public.sluice_runs')
  await mirrored()
  expect(await copied()).toMatchObject([{ run, state: 'failed' }])
})

test('the end of a run wakes the mirror', async () => {
  const running = await mirror()
  await running.flush()
  const { step } = await begin()
  await step('failed')
  await t.pool.query("select pg_notify('sluice_run', '')")
  await expect.poll(async () => (await copied()).length).toBe(1)
  await running.stop()
})

test('a warehouse that cannot be reached is told once, and nothing is lost', async () => {
  const { run, step } = await begin()
  await step('failed')
  const running = await mirror('postgres://nobody:x@127.0.0.1:1/none')
  await running.flush()
  await running.flush()
  await running.stop()
  expect(notes).toEqual([expect.stringContaining('runs of p cannot be copied to its warehouse')])
  await mirrored()
  expect(await copied()).toMatchObject([{ run, state: 'failed' }])
})
