import { expect, test } from 'vitest'
import { coincapBudget, coincapConnection } from './plan.ts'

test('a budget of CoinCap plans the pages of each pipeline, with the free plan where nothing is set', () => {
  const budget = coincapBudget('coincap', { every_hour: { assets: 250, fewest: 10 }, once: { assets: 1 } })
  expect(budget).toMatchObject({
    connection: 'coincap',
    creditsPerMonth: { env: 'COINCAP_CREDITS_PER_MONTH', default: '2500' },
    tariff: { perCall: { default: '1' }, bytesPerCredit: { default: '2500' } },
    onExceeded: { env: 'COINCAP_BUDGET_MODE', default: 'refuse' },
    reserve: 0,
  })
  const bytesPerItem = expect.objectContaining({ env: 'COINCAP_BYTES_PER_ASSET', default: '450' })
  expect(budget.uses).toEqual([
    {
      pipeline: 'every_hour',
      perRun: [{ items: 250, itemsPerCall: 100, bytesPerItem }],
      degraded: [{ items: 10, itemsPerCall: 100, bytesPerItem }],
    },
    { pipeline: 'once', perRun: [{ items: 1, itemsPerCall: 100, bytesPerItem }] },
  ])
})

test('the key of CoinCap is a secret', () => {
  expect(coincapConnection).toMatchObject({ type: 'http', token: { env: 'COINCAP_API_KEY', secret: true } })
})
