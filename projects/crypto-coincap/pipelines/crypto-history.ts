import { cron, group, pipeline, skip, task } from 'sluice'
import { assetsOf } from '../models/assets.ts'
import { loadAssets } from '../models/load-assets.ts'
import { dailyOf, hourlyOf } from '../models/rollups.ts'

const day = group('day_of_history', { retry: { attempts: 3, delay: '2s', backoff: 'exponential' } })

/** CoinCap has no past snapshots to ask for: a day is worked on only where its bodies were landed, as the demo does with synthetic ones. */
const landed = task({
  name: 'land_snapshots',
  in: day,
  description: 'The 48 snapshots of a day, where they are in bronze already',
  run: (_, { lake }) => lake.land('bronze.coincap_assets', nothingToAsk()),
})

async function* nothingToAsk() {
  yield await Promise.resolve(skip('no snapshots of this day are in bronze, and CoinCap offers none of the past'))
}

const loaded = loadAssets(assetsOf(landed, 'own time', { in: day }), { in: day })

export default pipeline({
  name: 'crypto_history',
  description: 'Days of the past, from bronze to the rollups; runs by backfill alone',
  schedule: cron('@daily', { timeZone: 'UTC' }),
  maxActiveRuns: 4,
  tags: ['crypto', 'history'],
  steps: [hourlyOf(loaded, { in: day }), dailyOf(loaded, { in: day })],
})
