import { load, model, type Sql, sql } from 'sluice'
import { assets, coincapAssets } from '../datasets/lake.ts'
import { daily, hourly } from '../datasets/rollups.ts'
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
const rollup = (name: Sql<never>, bucket: Sql<never>) => sql`
  with touched as (
    select min(snapshot_at) - interval '1 day' as earliest, max(snapshot_at) + interval '1 day' as latest, list(distinct ${bucket}) as buckets
    from ${assets.batch}
  )
  select
    ${bucket} as ${name},
    asset_id as crypto_id,
    arg_max(symbol, snapshot_at) as symbole,
    arg_max(name, snapshot_at) as nom,
    count(*)::integer as instantanes,
    min(price_usd) as prix_min,
    max(price_usd) as prix_max,
    sum(price_usd) as prix_somme,
    arg_max(price_usd, snapshot_at) as prix_cloture,
    arg_max_null(market_cap_usd, snapshot_at) as market_cap_cloture,
    arg_max_null(volume_24h_usd, snapshot_at) as volume_24h_cloture
  from (select distinct on (asset_id, snapshot_at) * from ${assets} order by asset_id, snapshot_at, seen_at), touched
  where snapshot_at between earliest and latest and list_contains(buckets, ${bucket})
  group by 1, 2`
const rolledUp = { from: { assets }, refresh: 'batch', in: processing } as const
const hour = sql`date_trunc('hour', snapshot_at)`
const day = sql`cast(timezone('Europe/Paris', snapshot_at) as date)`
export const rollUpHours = model({ ...rolledUp, into: hourly, query: () => rollup(sql`heure`, hour) })
export const rollUpDays = model({ ...rolledUp, into: daily, query: () => rollup(sql`jour`, day) })
export const loadHours = load({ from: hourly, into: cryptoHoraire, mode: 'upsert', in: processing })
export const loadDays = load({ from: daily, into: cryptoQuotidien, mode: 'upsert', in: processing })
