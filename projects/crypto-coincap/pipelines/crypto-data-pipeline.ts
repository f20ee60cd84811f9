import { chains, check, cron, pipeline, retain, sqlFile } from 'sluice'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { cleanAssets, loadAssets, loadDays, loadHours, rollUpDays, rollUpHours } from '../models/market.ts'
import { generateReport, sendSuccessEmail } from '../reports/daily-report.ts'
import { attended, end, start } from '../settings/steps.ts'
import { checkApi, checkDatabase, extractAssets } from '../sources/assets.ts'

const cleanUp = retain({ name: 'cleanup_old_data', on: cryptoTempsReel, description: 'Old snapshots leave; the rollups stay' })

const results = sqlFile(import.meta, 'verify-results.sql')
const verifyResults = check({
  name: 'verify_results',
  on: cryptoQuotidien,
  reads: [cryptoTempsReel, cryptoHoraire],
  needs: { cleaned: cleanAssets, loaded: loadAssets },
  description: 'What the load says it wrote is there, and the rollups hold every asset of it',
  rule: (context) => results({ snapshots: cryptoTempsReel, hours: cryptoHoraire, days: cryptoQuotidien }, context),
  message: '{rows} rows of the snapshot are in the warehouse, {loaded} were loaded, {left_out} are in quarantine',
  next: 'Look at the ledger of this run, then clear load_crypto_temps_reel.',
})

const verifyQuality = check({
  name: 'verify_data_quality',
  on: cryptoTempsReel,
  description: 'The ten highest ranks are all there, where the snapshot is not older than what is kept',
  rule: sqlFile(import.meta, 'verify-quality.sql')({ snapshots: cryptoTempsReel, latest: cryptoTempsReel.latest }),
  message: 'Données insuffisantes: {top} enregistrements',
  next: 'Look at the quarantined rows (sluice lake read silver.assets__quarantine), then clear extract_assets once the source is sound.',
})

export default pipeline({
  name: 'crypto_data_pipeline',
  description: 'CoinCap -> bronze -> silver -> warehouse -> report, every 30 minutes',
  schedule: cron('*/30 * * * *'),
  // Of one run: how many of the highest ranked assets; the setting COINCAP_ASSET_COUNT unless given.
  params: { assets: null },
  tags: ['crypto', 'coincap'],
  ...attended,
  steps: [
    [start, checkApi, checkDatabase, cleanUp],
    [extractAssets, cleanAssets, loadAssets, rollUpHours, rollUpDays, loadHours, loadDays],
    [verifyResults, verifyQuality, generateReport, sendSuccessEmail, end],
  ],
  order: chains(
    [start, [checkApi, checkDatabase], cleanUp, extractAssets],
    [[loadAssets, loadHours, loadDays], verifyResults, verifyQuality, generateReport],
    [sendSuccessEmail, end],
  ),
})
