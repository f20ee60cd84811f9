import {
  type DatasetRef,
  decimal,
  type Group,
  integer,
  model,
  notNull,
  type Sql,
  type Step,
  sql,
  text,
  timestamp,
  unique,
  within,
} from 'sluice'

/** Snapshots arrive one a run, stamped with its logical time, or many a run (history), each stamped with its own time. */
type Stamp = 'logical time' | 'own time'

/** The landed bodies as rows. Numbers arrive as strings and become exact decimals; a row that does not fit goes to quarantine. */
export const assetsOf = (landed: Step<DatasetRef<'lake'>>, stamp: Stamp, options: { readonly in?: Group } = {}) =>
  model({
    name: 'silver.assets',
    on: 'lake',
    ...options,
    description: 'One row an asset and snapshot, typed',
    columns: {
      asset_id: text(),
      snapshot_at: timestamp({ comment: 'Logical time of the snapshot' }),
      seen_at: timestamp({ comment: 'When CoinCap computed the page' }),
      rank: integer(),
      symbol: text(),
      name: text(),
      supply: decimal(38, 18),
      max_supply: decimal(38, 18),
      market_cap_usd: decimal(38, 18),
      volume_24h_usd: decimal(38, 18),
      price_usd: decimal(38, 18),
      change_24h_percent: decimal(38, 18),
      vwap_24h_usd: decimal(38, 18),
    },
    refresh: { by: 'batch' },
    checks: [
      notNull('asset_id', 'rank', 'symbol', 'name', 'price_usd'),
      unique('asset_id', 'snapshot_at'),
      within('rank', { min: 1 }),
      within('price_usd', { min: 0 }),
      within('market_cap_usd', { min: 0 }),
      within('volume_24h_usd', { min: 0 }),
      within('change_24h_percent', { min: -100, max: 100_000 }),
    ],
    query: ({ batch, interval }) => sql`
      with bodies as (
        select from_json_strict(payload, '{
          "timestamp": "BIGINT",
          "data": [{
            "id": "VARCHAR", "rank": "VARCHAR", "symbol": "VARCHAR", "name": "VARCHAR", "supply": "VARCHAR", "maxSupply": "VARCHAR",
            "marketCapUsd": "VARCHAR", "volumeUsd24Hr": "VARCHAR", "priceUsd": "VARCHAR", "changePercent24Hr": "VARCHAR", "vwap24Hr": "VARCHAR"
          }]
        }') as body
        from ${landed}
        where ${batch.rows}
      ),
      rows as (select unnest(body.data) as asset, make_timestamptz(body.timestamp * 1000) as seen_at from bodies)
      select
        asset.id as asset_id,
        ${snapshotOf(stamp, interval.end)} as snapshot_at,
        seen_at,
        asset.rank as rank,
        asset.symbol as symbol,
        asset.name as name,
        asset.supply as supply,
        asset.maxSupply as max_supply,
        asset.marketCapUsd as market_cap_usd,
        asset.volumeUsd24Hr as volume_24h_usd,
        asset.priceUsd as price_usd,
        asset.changePercent24Hr as change_24h_percent,
        asset.vwap24Hr as vwap_24h_usd
      from rows`,
  })

const snapshotOf = (stamp: Stamp, logicalTime: Sql<never>): Sql<never> => (stamp === 'own time' ? sql`seen_at` : logicalTime)
