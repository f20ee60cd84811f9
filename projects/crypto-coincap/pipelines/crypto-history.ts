import { cron, type Pages, pipeline, skip, task } from 'sluice'
import { coincapAssets } from '../datasets/lake.ts'
import { cleanHistory, loadAssets, loadDays, loadHours, rollUpDays, rollUpHours } from '../models/market.ts'
import { processing } from '../settings/steps.ts'

/** CoinCap has no past snapshots to ask for: a day is worked on only where its bodies were landed, as the demo does with synthetic ones. */
const unasked: Pages = { [Symbol.asyncIterator]: () => skip('no snapshots of this day are in bronze, and CoinCap offers none of the past') }

const landed = task({
  name: 'land_snapshots',
  in: processing,
  fills: [coincapAssets],
  description: 'The 48 snapshots of a day, where they are in bronze already',
  run: (_, { lake }) => lake.land(coincapAssets, unasked),
})

export default pipeline({
  name: 'crypto_history',
  description: 'Days of the past, from bronze to the rollups; runs by backfill alone',
  schedule: cron('@daily', { timeZone: 'UTC' }),
  maxActiveRuns: 4,
  tags: ['crypto', 'history'],
  defaults: { retry: { attempts: 3, delay: '2s', backoff: 'exponential' } },
  steps: [landed, cleanHistory, loadAssets, rollUpHours, rollUpDays, loadHours, loadDays],
})
