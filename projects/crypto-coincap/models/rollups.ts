import { date, type Group, type Load, model, type Sql, sql, timestamp } from 'sluice'
import { cryptoTempsReel } from '../tables/crypto-temps-reel.ts'
import { rollupColumns } from '../tables/rollups.ts'

/** Each bucket that the load touched, computed anew from all its snapshots; so the order of runs does not matter. */
export const hourlyOf = (loaded: Load, options: { readonly in?: Group } = {}) =>
  model({
    name: 'public.crypto_horaire',
    on: 'warehouse',
    ...options,
    description: 'Hourly rollup of the hours that the load touched',
    columns: { heure: timestamp({ notNull: true }), ...rollupColumns },
    refresh: { by: 'key', key: ['crypto_id', 'heure'] },
    query: ({ batch }) => rollup(loaded, batch.rows, sql`date_trunc('hour', timestamp_import, 'UTC')`, sql`heure`),
  })

export const dailyOf = (loaded: Load, options: { readonly in?: Group } = {}) =>
  model({
    name: 'public.crypto_quotidien',
    on: 'warehouse',
    ...options,
    description: 'Daily rollup of the days that the load touched',
    columns: { jour: date({ notNull: true }), ...rollupColumns },
    refresh: { by: 'key', key: ['crypto_id', 'jour'] },
    query: ({ batch }) => rollup(loaded, batch.rows, sql`date_import`, sql`jour`),
  })

const rollup = (loaded: Load, rowsOfBatch: Sql<never>, bucket: Sql<never>, name: Sql<never>) => sql`
  with touched as (
    select min(timestamp_import) - interval '1 day' as earliest, max(timestamp_import) + interval '1 day' as latest, array_agg(distinct ${bucket}) as buckets
    from ${loaded} where ${rowsOfBatch}
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
