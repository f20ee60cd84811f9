import type { Budget } from '@sluice/author'
import { budgetStatus, planBudget } from '@sluice/budget'
import { cron } from '@sluice/core'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient } from '../client/client.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { inProcessTransport } from './in-process.ts'

const now = Date.parse('2026-11-10T12:00:00Z')
const budget: Budget = {
  name: 'coincap',
  connection: 'coincap',
  creditsPerMonth: 2_500,
  tariff: { perCall: 1, bytesPerCredit: 2_500 },
  reserve: 0,
  onExceeded: 'degrade',
  uses: [{ pipeline: 'p', perRun: [{ items: 10, itemsPerCall: 100, bytesPerItem: 450 }] }],
}
const pipelines = [{ name: 'p', schedule: cron('*/30 * * * *'), timeZone: 'UTC', paused: false }]
const client = createClient(
  inProcessTransport(
    createApp(
      servicesWith({
        budgets: {
          plan: async (_, whatIf) => [planBudget(budget, pipelines, now, whatIf)],
          status: async (project) => [
            budgetStatus(
              budget,
              pipelines,
              project === 'rich' ? [] : [{ pipeline: 'p', day: '2026-11-01', credits: 9, batches: 1, runs: 1, received: 0, items: 0 }],
              now,
            ),
          ],
        },
      }),
      { access: createAccess('k'.repeat(43)), verifyAnswers: true },
    ),
  ),
)

test('a plan comes with its verdict, for the schedules as they are or as they might be', async () => {
  const params = { project: 'crypto-coincap' }
  const { items } = await client.budgets.plan({ params })
  expect(items).toMatchObject([{ fits: false, credits: 4_320, verdict: expect.stringContaining('4,320 credits a month do not fit 2,500') }])
  const hourly = await client.budgets.plan({ params, query: { every: '1h', items: 5 } })
  expect(hourly.items).toMatchObject([{ fits: true, uses: [{ cron: '0 */1 * * *', items: 5, creditsPerRun: 2 }] }])
})

test('what is asked wrongly is refused, a cadence by the planner and a number by the schema', async () => {
  const params = { project: 'crypto-coincap' }
  await expect(client.budgets.plan({ params, query: { every: '7m' } })).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(client.budgets.plan({ params, query: { items: 0 } })).rejects.toMatchObject({ facts: { status: 400 } })
})

test('the status says what is spent and what will be', async () => {
  const { items } = await client.budgets.status({ params: { project: 'crypto-coincap' } })
  expect(items).toMatchObject([{ month: '2026-11', spent: 9, remaining: 2_491, lasts: false, onExceeded: 'degrade' }])
})
