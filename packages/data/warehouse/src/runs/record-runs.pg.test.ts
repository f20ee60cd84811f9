import type { RunRecord } from '@sluice/core'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { knowsNoRun, platformMigrations, recordRuns } from '../index.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await testDatabase({ migrations: await platformMigrations() })
  pool = openPool(database.url)
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const noon = Date.UTC(2026, 10, 20, 12)
const run = (rest: Partial<RunRecord> = {}): RunRecord => ({
  run: '01JD',
  project: 'p',
  pipeline: 'sales',
  key: `scheduled:${noon}`,
  trigger: 'scheduled',
  state: 'failed',
  logicalTime: noon,
  createdAt: noon + 1,
  startedAt: noon + 2,
  endedAt: noon + 1_234,
  failedTask: 'extract',
  errorCode: 'source.unauthorized',
  error: "the key isn't known",
  tasks: 2,
  succeeded: 0,
  skipped: 0,
  failed: 1,
  rowsQuarantined: 3,
  change: 2,
  ...rest,
})
const rows = () =>
  pool.query('select run, state, failed_task, error, ended_at as at, rows_quarantined::int as quarantined, change from sluice_runs')

test('a run has one row; a later change replaces it, and what comes late changes nothing', async () => {
  expect(await knowsNoRun(pool)).toBe(true)
  expect(await recordRuns(pool, [])).toBe(0)
  const failed = {
    run: '01JD',
    state: 'failed',
    failed_task: 'extract',
    error: "the key isn't known",
    at: noon + 1_234,
    quarantined: 3,
    change: 2,
  }
  expect([await recordRuns(pool, [run()]), await recordRuns(pool, [run()])]).toEqual([1, 1])
  expect(await rows()).toEqual([failed])
  expect(await knowsNoRun(pool)).toBe(false)
  const better = { state: 'success', failedTask: null, errorCode: null, error: null, endedAt: null, rowsQuarantined: 0, change: 4 }
  expect(await recordRuns(pool, [run(better)])).toBe(1)
  expect(await recordRuns(pool, [run({ change: 3 })]), 'a slower writer').toBe(0)
  expect(await rows()).toEqual([{ run: '01JD', state: 'success', failed_task: null, error: null, at: null, quarantined: 0, change: 4 }])
})

test('no run has the id of a load', async () => {
  const [next] = await pool.query<{ id: number }>(`select nextval(pg_get_serial_sequence('public.sluice_loads', 'id')) as id`)
  await recordRuns(pool, [run({ run: '01JE' })])
  const [made] = await pool.query<{ id: number }>(`select id from sluice_runs where run = '01JE'`)
  expect(made?.id).toBeGreaterThan(Number(next?.id))
})
