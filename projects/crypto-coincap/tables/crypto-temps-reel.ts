import { date, decimal, identity, integer, table, text, timestamp } from 'sluice'

const money = { comment: 'USD, exact' } as const

/**
 * One row an asset and snapshot (the columns of the original table, with exact numbers instead of floating ones).
 * Categories by market capitalisation and trends by the 24 h variation: see the project's README.
 */
export const cryptoTempsReel = table({
  name: 'public.crypto_temps_reel',
  comment: 'Snapshots of the highest ranked crypto assets, one row an asset and snapshot',
  columns: {
    id: identity({ comment: 'Running number of the row' }),
    crypto_id: text({ max: 100, notNull: true, comment: 'CoinCap slug' }),
    rang: integer({ notNull: true, comment: 'Rank by market capitalisation' }),
    symbole: text({ max: 20, notNull: true }),
    nom: text({ max: 100, notNull: true }),
    supply_circulant: decimal(38, 18),
    supply_max: decimal(38, 18, { comment: 'Null: no maximum' }),
    market_cap_usd: decimal(38, 18, money),
    volume_24h_usd: decimal(38, 18, money),
    prix_usd: decimal(38, 18, { notNull: true, ...money }),
    variation_24h_pourcent: decimal(38, 18, { comment: 'Percent over 24 hours, as CoinCap gives it' }),
    vwap_24h: decimal(38, 18, { comment: 'Volume-weighted mean price of 24 hours, USD' }),
    timestamp_import: timestamp({ notNull: true, comment: 'Logical time of the run: one value a snapshot' }),
    market_cap_milliards: decimal(38, 9, { generated: 'round(market_cap_usd / 1000000000, 9)', comment: 'Billions of USD' }),
    volume_24h_millions: decimal(38, 6, { generated: 'round(volume_24h_usd / 1000000, 6)', comment: 'Millions of USD' }),
    date_import: date({ generated: "(timestamp_import at time zone 'Europe/Paris')::date", comment: 'Day of the snapshot in Paris' }),
    heure_import: text({
      max: 20,
      generated: "((date_trunc('second', timestamp_import at time zone 'Europe/Paris'))::time)::text",
      comment: 'Time of the snapshot in Paris',
    }),
    categorie: text({
      max: 50,
      generated: `case
    when market_cap_usd >= 10000000000 then 'Grande capitalisation'
    when market_cap_usd >= 1000000000 then 'Moyenne capitalisation'
    when market_cap_usd is not null then 'Petite capitalisation'
  end`,
      comment: 'By market capitalisation: 10 and 1 billion USD',
    }),
    tendance: text({
      max: 50,
      generated: `case
    when variation_24h_pourcent >= 5 then 'Forte hausse'
    when variation_24h_pourcent >= 0.5 then 'Hausse'
    when variation_24h_pourcent > -0.5 then 'Stable'
    when variation_24h_pourcent > -5 then 'Baisse'
    when variation_24h_pourcent is not null then 'Forte baisse'
  end`,
      comment: 'By the 24 h variation: 0.5 and 5 percent',
    }),
    created_at: timestamp({ notNull: true, default: 'now()', comment: 'When the row was written' }),
  },
  key: ['crypto_id', 'timestamp_import'],
  indexes: [
    { columns: ['id'], unique: true },
    { columns: ['date_import'] },
    { columns: ['rang'] },
    { columns: ['symbole'] },
    { columns: ['tendance'] },
    { columns: ['timestamp_import'] },
  ],
})
