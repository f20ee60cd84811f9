import type { Column } from '@sluice/delta'

const coins = 1_000

/** Market snapshots: 1,000 coins every five minutes, in the order of time; 10 M rows are 35 days. Name, Delta type, DuckDB SQL over `i`. */
const definition: readonly (readonly [name: string, type: Column['type'], sql: string])[] = [
  ['coin_id', 'string', `'coin-' || (i % ${coins})`],
  ['symbol', 'string', `upper(substr(md5((i % ${coins})::VARCHAR), 1, 4))`],
  ['name', 'string', `'Coin number ' || (i % ${coins})`],
  ['day', 'date', `(TIMESTAMP '2026-01-01' + to_minutes(5 * (i // ${coins})))::DATE`],
  ['seen_at', 'timestamp', `(TIMESTAMP '2026-01-01' + to_minutes(5 * (i // ${coins}))) AT TIME ZONE 'UTC'`],
  ['rank', 'integer', `(1 + i % ${coins})::INTEGER`],
  ['price_usd', 'decimal(18,8)', `((hash(i) % 10000000000)::DECIMAL(10,0) * 0.00000001)::DECIMAL(18,8)`],
  ['market_cap_usd', 'double', `round((hash(i + 1) % 1000000000)::DOUBLE / 7, 2)`],
  ['volume_24h_usd', 'double', `round((hash(i + 2) % 100000000)::DOUBLE / 7, 2)`],
  ['change_1h_percent', 'double', `round((hash(i + 3) % 2000)::DOUBLE / 100 - 10, 2)`],
  ['change_24h_percent', 'double', `round((hash(i + 4) % 4000)::DOUBLE / 100 - 20, 2)`],
  ['change_7d_percent', 'double', `CASE WHEN hash(i + 5) % 20 = 0 THEN NULL ELSE round((hash(i + 5) % 6000)::DOUBLE / 100 - 30, 2) END`],
  ['supply', 'long', `(1000000 * (1 + i % ${coins}) + i // ${coins})::BIGINT`],
  ['max_supply', 'long', `CASE WHEN i % 3 = 0 THEN NULL ELSE (2000000 * (1 + i % ${coins}))::BIGINT END`],
  ['markets', 'integer', `(hash(i % ${coins}) % 500)::INTEGER`],
  ['is_stable', 'boolean', `i % 50 = 0`],
  ['source', 'string', `CASE i % 2 WHEN 0 THEN 'coincap' ELSE 'coinmarketcap' END`],
  ['_batch', 'string', `md5((i // ${coins})::VARCHAR)`],
]

export const marketColumns: readonly Column[] = definition.map(([name, type]) => ({ name, type }))
export const partitionColumn = 'day'

/** A SELECT of that many rows. */
export const marketSelect = (rows: number): string =>
  `SELECT ${definition.map(([name, , sql]) => `${sql} AS ${name}`).join(', ')} FROM range(${rows}) AS source(i)`

/** Touches every value of all 18 columns, so that nothing can be answered from statistics. */
export const allColumns = definition
  .map(([name, type]) => {
    if (type === 'string') return `sum(length(${name}))`
    if (type === 'timestamp') return `sum(epoch_ms(${name}))`
    if (type === 'date') return `sum(year(${name}))`
    return type === 'boolean' ? `count_if(${name})` : `sum(${name})`
  })
  .join(', ')

export const threeColumns = 'sum(length(coin_id)), sum(price_usd), sum(volume_24h_usd)'
