import { type CoincapSimulator, start } from '@sluice/simulator-coincap'
import { testWorld, type WorldRun } from 'sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { coincapBudget } from '../fixtures/coincap-budget.ts'
import pipeline from './crypto-data-pipeline.ts'

let simulator: CoincapSimulator
let spent = 0

beforeAll(async () => {
  simulator = await start({ seed: 7, now: () => Date.parse('2026-11-20T12:00:00Z') })
})
afterAll(() => simulator.close())

async function worldThat(onExceeded: 'refuse' | 'degrade') {
  return await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien],
    connections: { coincap: { url: simulator.url, token: simulator.apiKey } },
    variables: { asset_count: '120', mail_to: 'equipe@example.org' },
    budgets: { coincap: { ...coincapBudget, onExceeded, spent: () => spent } },
  })
}

const receiptOf = ({ tasks }: WorldRun, name: string) => tasks.find(({ task }) => task === name)?.receipts[0]

test('a run whose credits are spent is refused before it calls anybody, and its replay is not', async () => {
  await using world = await worldThat('refuse')
  spent = 0
  const key = 'scheduled:1795176000000'
  const first = await world.run(pipeline, { logicalTime: 1_795_176_000_000, key })
  expect(first.state).toBe('success')
  expect(receiptOf(first, 'extract_assets')).toMatchObject({ credits: 19 + 5 })

  spent = 2_480
  const asked = simulator.requests().length
  const refused = await world.run(pipeline, { logicalTime: 1_795_177_800_000, key: 'scheduled:1795177800000' })
  expect(refused.state).toBe('failed')
  expect(refused.tasks.find(({ state }) => state === 'failed')).toMatchObject({
    task: 'check_coincap_api',
    attempts: 1,
    error: { code: 'source.budget', message: expect.stringContaining('2,480 of 2,500 credits are spent') },
  })
  expect(simulator.requests()).toHaveLength(asked)

  spent = 2_476
  expect(receiptOf(await world.run(pipeline, { logicalTime: 1_795_176_000_000, key }), 'extract_assets')).toMatchObject({ replayed: true })
})

test('a budget that degrades has the ten highest ranked assets landed, and the run succeeds with them', async () => {
  await using world = await worldThat('degrade')
  spent = 2_490
  const run = await world.run(pipeline, { logicalTime: 1_795_176_000_000, key: 'scheduled:1795176000000' })
  expect(run.state).toBe('success')
  expect(receiptOf(run, 'extract_assets')).toMatchObject({ credits: 3 })
  expect(receiptOf(run, 'silver.assets')).toMatchObject({ rowsWritten: 10 })
  expect(run.logs.extract_assets?.find(({ level }) => level === 'warn')?.message).toContain('this run is cut from 24 to 3 credits')
})
