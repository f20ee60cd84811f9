import { load, model, type Sql, sql } from 'sluice'
import { assets, coincapAssets } from '../datasets/lake.ts'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { processing } from '../settings/steps.ts'

const seenAt = sql`make_timestamptz(computed_at * 1000)`
const parsed = (snapshotAt: Sql<never>) => sql`
  select
    id as asset_id,
    ${snapshotAt} as snapshot_at,
    ${seenAt} as seen_at,
    rank,
    symbol,
    name,
    supply,
    maxSupply as max_supply,
    marketCapUsd as market_cap_usd,
    volumeUsd24Hr as volume_24h_usd,
    priceUsd as price_usd,
    changePercent24Hr as change_24h_percent,
    vwap24Hr as vwap_24h_usd
  from ${coincapAssets.batch}`
const typed = { into: assets, from: { coincapAssets }, refresh: 'batch', in: processing } as const

/** One snapshot a run, stamped with its logical time. */
export const cleanAssets = model({ ...typed, query: (_, { interval }) => parsed(interval.end) })
/** Many snapshots a run, each stamped with its own time. */
export const cleanHistory = model({ ...typed, query: () => parsed(seenAt) })

/** Typed snapshots into the warehouse; a rerun replaces exactly its own. */
export const loadAssets = load({
  from: assets,
  into: cryptoTempsReel,
  mode: 'append',
  in: processing,
  timeout: '5m',
  columns: {
    crypto_id: 'asset_id',
    rang: 'rank',
    symbole: 'symbol',
    nom: 'name',
    supply_circulant: 'supply',
    supply_max: 'max_supply',
    prix_usd: 'price_usd',
    variation_24h_pourcent: 'change_24h_percent',
    vwap_24h: 'vwap_24h_usd',
    timestamp_import: 'snapshot_at',
  },
})

/** Each bucket that the batch touched, computed anew from all its snapshots; so the order of runs does not matter. */
const rollup = (bucket: Sql<never>, name: Sql<never>) => sql`
  with touched as (
    select min(timestamp_import) - interval '1 day' as earliest, max(timestamp_import) + interval '1 day' as latest, array_agg(distinct ${bucket}) as buckets
    from ${cryptoTempsReel.batch}
  )
  select
    ${bucket} as ${name},
    crypto_id,
    (array_agg(symbole order by timestamp_import desc))[1] as symbole,
    (array_agg(nom order by timestamp_import desc))[1] as nom,
    count(*)::integer as instantanes,
    min(prix_usd) as prix_min,
    max(prix_usd) as prix_max,
    round(avg(prix_usd), 18) as prix_moyen,
    (array_agg(prix_usd order by timestamp_import desc))[1] as prix_cloture,
    (array_agg(market_cap_usd order by timestamp_import desc))[1] as market_cap_cloture,
    (array_agg(volume_24h_usd order by timestamp_import desc))[1] as volume_24h_cloture
  from ${cryptoTempsReel}, touched
  where timestamp_import between touched.earliest and touched.latest and ${bucket} = any(touched.buckets)
  group by 1, 2`
const rolledUp = { from: { cryptoTempsReel }, refresh: 'key', in: processing } as const
const hour = sql`date_trunc('hour', timestamp_import, 'UTC')`
export const hourly = model({ ...rolledUp, into: cryptoHoraire, query: () => rollup(hour, sql`heure`) })
export const daily = model({ ...rolledUp, into: cryptoQuotidien, query: () => rollup(sql`date_import`, sql`jour`) })
