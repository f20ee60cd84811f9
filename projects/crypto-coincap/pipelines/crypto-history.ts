import { cron, landed, pipeline } from 'sluice'
import { coincapAssets } from '../datasets/lake.ts'
import { cleanHistory, loadAssets, loadDays, loadHours, rollUpDays, rollUpHours } from '../models/market.ts'
import { processing, untilBack } from '../settings/steps.ts'

const landSnapshots = landed({
  name: 'land_snapshots',
  in: processing,
  into: coincapAssets,
  description: 'The 48 snapshots of a day, where they are in bronze already',
  otherwise: 'no snapshots of this day are in bronze, and CoinCap offers none of the past',
})

export default pipeline({
  name: 'crypto_history',
  description: 'Days of the past, from bronze to the rollups; runs by backfill alone',
  schedule: cron('@daily', { timeZone: 'UTC' }),
  maxActiveRuns: 4,
  tags: ['crypto', 'history'],
  defaults: { retry: untilBack },
  steps: [landSnapshots, cleanHistory, loadAssets, rollUpHours, rollUpDays, loadHours, loadDays],
})
