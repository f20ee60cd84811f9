import { bigint, boolean, type Columns, decimal, double, integer, jsonb, text, timestamp } from '@sluice/author'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'

const recordsInPage = 250

/** A kind of body: how its records are made over `i`, what they look like to `from_json`, and the typed columns made of them. */
export interface BodyKind {
  readonly name: string
  readonly record: string
  /** The structure of a record, as `from_json` takes it. Exact numbers stay text here: JSON numbers would go through doubles. */
  readonly structure: string
  readonly columns: Columns
  /** One a column: SQL over the record's fields, before the cast to the column's type. */
  readonly values: readonly string[]
}

/** 18 fields with a struct, a list in a struct and a list of structs, about 600 bytes. */
export const nested: BodyKind = {
  name: 'nested',
  record: `{
    id: 'asset-' || i, rank: (1 + i % 2000)::INTEGER, symbol: upper(substr(md5(i::VARCHAR), 1, 4)), name: 'Asset number ' || i,
    supply: 100000 * (1 + i % 5000), maxSupply: CASE WHEN i % 3 = 0 THEN NULL ELSE 200000 * (1 + i % 5000) END,
    marketCapUsd: (hash(i + 2) % 100000000)::VARCHAR || '.12345678', priceUsd: (hash(i + 4) % 100000)::VARCHAR || '.13579246',
    volume24h: (hash(i + 3) % 1000000000)::DOUBLE / 8, change24h: ((hash(i + 5) % 2000)::DOUBLE - 1000) / 4, vwap24h: (hash(i + 6) % 100000)::DOUBLE / 8,
    updated: 1767225600000 + i, active: i % 7 <> 0,
    platform: {name: 'chain-' || i % 40, address: md5((i + 1)::VARCHAR), tags: ['tag' || i % 5, 'tag' || i % 11]},
    markets: [{market: 'market-' || i % 90, volume: i % 1000}, {market: 'market-' || i % 70, volume: i % 100}],
    categories: ['category-' || i % 30, 'category-' || i % 17], source: 'bench', explorer: 'https://explorer.invalid/asset/' || i
  }`,
  structure: `{"id": "VARCHAR", "rank": "VARCHAR", "symbol": "VARCHAR", "name": "VARCHAR", "supply": "VARCHAR", "maxSupply": "VARCHAR",
    "marketCapUsd": "VARCHAR", "priceUsd": "VARCHAR", "volume24h": "DOUBLE", "change24h": "DOUBLE", "vwap24h": "DOUBLE", "updated": "VARCHAR",
    "active": "BOOLEAN", "platform": {"name": "VARCHAR", "address": "VARCHAR", "tags": ["VARCHAR"]},
    "markets": [{"market": "VARCHAR", "volume": "DOUBLE"}], "categories": ["VARCHAR"], "source": "VARCHAR", "explorer": "VARCHAR"}`,
  columns: {
    id: text(),
    rank: integer(),
    symbol: text(),
    name: text(),
    supply: bigint(),
    max_supply: bigint(),
    market_cap_usd: decimal(18, 8),
    price_usd: decimal(18, 8),
    volume_24h: double(),
    change_24h: double(),
    vwap_24h: double(),
    updated_at: timestamp(),
    active: boolean(),
    platform: text(),
    platform_address: text(),
    platform_tags: jsonb(),
    markets: jsonb(),
    categories: jsonb(),
    source: text(),
    explorer: text(),
  },
  values: [
    ...['id', 'rank', 'symbol', 'name', 'supply', '"maxSupply"', '"marketCapUsd"', '"priceUsd"', 'volume24h', 'change24h', 'vwap24h'],
    ...['make_timestamptz(CAST(updated AS BIGINT) * 1000)', 'active', 'platform.name', 'platform.address'],
    ...['to_json(platform.tags)', 'to_json(markets)', 'to_json(categories)', 'source', 'explorer'],
  ],
}

const numbers = ['supply', 'maxSupply', 'marketCapUsd', 'volumeUsd24Hr', 'priceUsd', 'changePercent24Hr', 'vwap24Hr'] as const

/** Pages of CoinCap v3: eleven fields, all strings, seven of them exact decimals(38,18). */
export const coincap: BodyKind = {
  name: 'CoinCap',
  record: `{
    id: 'asset-' || i, rank: (1 + i % 2000)::VARCHAR, symbol: upper(substr(md5(i::VARCHAR), 1, 4)), name: 'Asset number ' || i,
    ${numbers.map((name, place) => `${name}: (hash(i + ${place}) % 100000000)::VARCHAR || '.' || lpad((hash(i - ${place}) % 10000000000000000)::VARCHAR, 16, '0')`).join(', ')}
  }`,
  structure: `{"id": "VARCHAR", "rank": "VARCHAR", "symbol": "VARCHAR", "name": "VARCHAR", ${numbers.map((name) => `"${name}": "VARCHAR"`).join(', ')}}`,
  columns: {
    id: text(),
    rank: integer(),
    symbol: text(),
    name: text(),
    ...Object.fromEntries(numbers.map((name) => [name.toLowerCase(), decimal(38, 18)])),
  },
  values: ['id', 'rank', 'symbol', 'name', ...numbers.map((name) => `"${name}"`)],
}

export const bodyKinds: Readonly<Record<string, BodyKind>> = { nested, coincap }

/** A file with one body a line: `{"timestamp": ..., "data": [250 records]}`. */
export async function writeBodies(connection: DuckConnection, kind: BodyKind, records: number, file: string): Promise<void> {
  await connection.run(
    `COPY (
       SELECT '{"timestamp":1767225600000,"data":[' || string_agg(to_json(${kind.record})::VARCHAR, ',' ORDER BY i) || ']}'
       FROM range(${records}) AS source(i) GROUP BY i // ${recordsInPage}
     ) TO ${quoteLiteral(file)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')`,
  )
}
