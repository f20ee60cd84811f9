import { budget, env, graphOf, httpConnection, type Logger, pipeline, project, task } from '@sluice/author'
import { testAttempt } from '@sluice/author/testing'
import { accountOf, budgetCapability } from '@sluice/budget/capability'
import { cron, type Receipt } from '@sluice/core'
import type { Engine } from '@sluice/engine'
import { openEngine, publishVersion } from '@sluice/engine'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { resolveBudget, type Settings } from '@sluice/settings'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spendingOf } from './spending.ts'

let database: TestDatabase
let engine: Engine
let pool: Pool
const now = Date.parse('2026-11-20T10:15:00Z')
const month = { since: Date.parse('2026-11-01'), until: Date.parse('2026-12-01') }

const shop = (onExceeded: 'refuse' | 'degrade' | 'warn') =>
  project({
    name: 'shop',
    connections: { api: httpConnection({ url: env('SHOP_URL') }) },
    budgets: {
      api: budget({
        connection: 'api',
        creditsPerMonth: 100,
        tariff: { perCall: 1, bytesPerCredit: 1_000 },
        onExceeded,
        uses: [{ pipeline: 'sales', perRun: [{ calls: 1, bytesPerCall: 9_000 }], degraded: [{ calls: 1, bytesPerCall: 1_000 }] }],
      }),
    },
  })

/** The guard over the real ledger, in a task of the pipeline. */
function guard(
  onExceeded: 'refuse' | 'degrade' | 'warn',
  options: { readonly landed?: number; readonly at?: number; readonly databaseUrl?: string } = {},
) {
  const warnings: string[] = []
  const quiet = (): void => undefined
  const log: Logger = { debug: quiet, info: quiet, error: quiet, warn: (message) => warnings.push(message) }
  // What budgets are resolved from; the rest of the settings is not asked.
  const asked: Pick<Settings, 'root' | 'projects' | 'values'> = {
    root: '/nowhere',
    projects: [{ dir: '/nowhere/shop', project: shop(onExceeded) }],
    values: [],
  }
  const settings = asked as Settings
  const spending = spendingOf({ project: 'shop', databaseUrl: options.databaseUrl ?? database.url })
  const account = (name: string) => accountOf(resolveBudget(settings, 'shop', name), spending, () => options.at ?? now)
  const step = task({ name: 'land', run: () => 1 })
  const run = { ...testAttempt(step).run, project: 'shop', pipeline: 'sales' }
  const receipts = [receipt({ credits: options.landed ?? 0 }), receipt({ credits: 1_000, replayed: true })]
  const guarded = budgetCapability({ account }).context(testAttempt(step, { run, log, receipts })).budget('api')
  return { ...guarded, warnings, [Symbol.asyncDispose]: spending.close }
}

const receipt = (of: Partial<Receipt>): Receipt => ({
  dataset: 'shop:lake.bronze.till',
  batch: 'b',
  generation: 1,
  status: 'written',
  reason: null,
  version: 'v',
  inputs: [],
  rowsIn: 1,
  rowsWritten: 1,
  rowsQuarantined: 0,
  bytes: 1,
  credits: 0,
  writtenAt: now,
  replayed: false,
  ...of,
})

/** @param read the bytes that came, and the rows that steps of the run read of them */
async function spend(
  pipelineName: string,
  batch: string,
  credits: number,
  writtenAt: string,
  read: { readonly received?: number; readonly rows?: readonly number[] } = {},
): Promise<void> {
  const run = await engine.trigger({ pipeline: pipelineName })
  const bronze = { dataset: 'shop:lake.bronze.till', batch, generation: 1, status: 'written', credits, writtenAt: Date.parse(writtenAt) }
  const keep = async (receipt: Readonly<Record<string, unknown>>): Promise<unknown> =>
    await pool.query(
      `insert into sluice.ledger (task_run, attempt, dataset, batch, generation, status, receipt)
       select t.id, 1, $2, $3, 1, 'written', $4::text::jsonb from sluice.task_run t where t.run = $1`,
      [run.id, receipt.dataset, receipt.batch, JSON.stringify(receipt)],
    )
  await keep(read.received === undefined ? bronze : { ...bronze, received: read.received })
  for (const [at, rowsIn] of (read.rows ?? []).entries()) {
    const dataset = `shop:lake.silver.till_${at}`
    await keep({ ...bronze, dataset, credits: 0, rowsIn, inputs: [{ dataset: bronze.dataset, batch, version: 'v' }] })
  }
}

beforeAll(async () => {
  database = await testDatabase()
  engine = await openEngine(database.url)
  pool = openPool(database.url, { max: 1 })
  const named = (name: string) =>
    graphOf(pipeline({ name, schedule: cron('0 12 * * *'), steps: [task({ name: 'land', run: () => 1 })] })).spec
  const files = { sales: 's.ts', other: 'o.ts' }
  const specs = [named('sales'), named('other')]
  await publishVersion(pool, { project: 'shop', timeZone: 'UTC', version: 'h', specs, files, sources: files, errors: [] }, now)
  await spend('sales', 'last-month', 70, '2026-10-31T23:59:59.999Z')
  await spend('sales', 'first', 30, '2026-11-01T00:00:00Z')
  await spend('sales', 'late', 20, '2026-11-19T23:30:00Z', { received: 45_000, rows: [100, 7] })
  await spend('sales', 'free', 0, '2026-11-19T23:30:00Z')
  await spend('sales', 'late-again', 10, '2026-11-19T23:40:00Z', { rows: [50] })
  await spend('other', 'elsewhere', 500, '2026-11-19T12:00:00Z', { received: 9 })
  await spend('sales', 'next-month', 99, '2026-12-01T00:00:00Z')
})

afterAll(async () => {
  await pool.end()
  await engine.close()
  await database.drop()
})

test('credits of a month are summed from the receipts by pipeline and day of UTC', async () => {
  expect(await engine.credits({ project: 'shop', ...month })).toEqual([
    { pipeline: 'sales', day: '2026-11-01', credits: 30, batches: 1, runs: 1, received: 0, items: 0 },
    { pipeline: 'other', day: '2026-11-19', credits: 500, batches: 1, runs: 1, received: 0, items: 0 },
    // Of the second batch the bytes are not known: its rows do not count.
    { pipeline: 'sales', day: '2026-11-19', credits: 30, batches: 2, runs: 2, received: 45_000, items: 100 },
  ])
  expect(await engine.credits({ project: 'nobody', ...month })).toEqual([])
})

test('what fits is admitted, with what the month and the attempt have spent', async () => {
  await using fresh = guard('refuse')
  expect(await fresh.admit()).toMatchObject({ degraded: false, spent: 60, cost: 10, spendable: 100 })
  expect(await fresh.admit({ calls: 4, bytesPerCall: 9_000 })).toMatchObject({ cost: 40 })
  await using busy = guard('refuse', { landed: 30 })
  expect(await busy.admit()).toMatchObject({ spent: 90 })
  expect(fresh.warnings).toEqual([])
})

test('what does not fit is refused for good, until the month is over', async () => {
  await using full = guard('refuse', { landed: 31 })
  await expect(full.admit()).rejects.toMatchObject({
    code: 'source.budget',
    kind: 'permanent',
    message: 'budget api: 91 of 100 credits are spent this month, these calls cost 10 more; it renews on 2026-12-01',
  })
  await using renewed = guard('refuse', { at: Date.parse('2027-01-01T00:00:00Z') })
  expect(await renewed.admit()).toMatchObject({ spent: 0 })
})

test('a budget that degrades keeps enough for the runs of the schedule still to come, unless they are paused', async () => {
  // Eleven noons are left, 2 credits each when degraded: 60 + 10 + 22 fit 100, with 9 more they do not.
  await using calm = guard('degrade', { landed: 8 })
  expect(await calm.admit()).toMatchObject({ degraded: false })
  await using close = guard('degrade', { landed: 9 })
  expect(await close.admit()).toMatchObject({ degraded: true, cost: 2 })
  expect(close.warnings).toEqual(['budget api: 69 of 100 credits are spent this month; this run is cut from 10 to 2 credits'])
  await engine.setPaused({ pipeline: 'sales' }, true)
  expect(await close.admit()).toMatchObject({ degraded: false })
  await engine.setPaused({ pipeline: 'sales' }, false)
  await using empty = guard('degrade', { landed: 39 })
  await expect(empty.admit()).rejects.toMatchObject({ code: 'source.budget', facts: { cost: 2 } })
})

test('a budget that warns admits everything and says so', async () => {
  await using over = guard('warn', { landed: 500 })
  expect(await over.admit()).toMatchObject({ degraded: false })
  expect(over.warnings).toEqual(['budget api is exceeded: 560 of 100 credits are spent this month, this run costs 10 more'])
})

test('a rehearsal, which has no ledger, has spent nothing', async () => {
  await using rehearsal = guard('refuse', { databaseUrl: '' })
  expect(await rehearsal.admit()).toMatchObject({ spent: 0 })
})
