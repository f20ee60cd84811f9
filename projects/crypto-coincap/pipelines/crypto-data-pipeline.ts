import { chains, check, cron, email, pipeline, retain, sql } from 'sluice'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { cleanAssets, loadAssets, loadDays, loadHours, rollUpDays, rollUpHours } from '../models/market.ts'
import { generateReport, sendSuccessEmail } from '../reports/daily-report.ts'
import { end, start, untilBack } from '../settings/steps.ts'
import { checkApi, checkDatabase, extractAssets } from '../sources/assets.ts'

const cleanUp = retain({ name: 'cleanup_old_data', on: cryptoTempsReel, description: 'Old snapshots leave; the rollups stay' })

const verifyResults = check({
  name: 'verify_results',
  on: cryptoQuotidien,
  reads: [cryptoTempsReel, cryptoHoraire],
  description: 'What the load says it wrote is there, and the rollups hold every asset of it',
  rule: ({ interval }) => sql`
    select rows = loaded and (rows > 0 or not kept) and hours >= assets and days >= assets as ok, rows, loaded, assets, hours, days
    from (select ${interval.end} >= max(timestamp_import) - interval '7 days' as kept from ${cryptoTempsReel}) age,
      (select count(*) as rows, count(distinct crypto_id) as assets from ${cryptoTempsReel} where timestamp_import = ${interval.end}) snapshot,
      (select count(*) as loaded from ${cryptoTempsReel.batch}) load,
      (select count(*) as hours from ${cryptoHoraire.batch}) hourly,
      (select count(*) as days from ${cryptoQuotidien.batch}) daily`,
  message: '{rows} rows of the snapshot are in the warehouse, {loaded} were loaded',
  next: 'Look at the ledger of this run, then clear load_crypto_temps_reel.',
})

const verifyQuality = check({
  name: 'verify_data_quality',
  on: cryptoTempsReel,
  description: 'The ten highest ranks are all there',
  rule: sql`select count(*) >= 10 as ok, count(*) as top from ${cryptoTempsReel.latest} where rang <= 10`,
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
  notify: { failure: [email('data-team')] },
  defaults: { retry: untilBack },
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
