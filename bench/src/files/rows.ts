import { bigint, boolean, type Columns, date, decimal, integer, text, timestamp } from '@sluice/author'
import { type DuckConnection, duckdbType, quoteLiteral } from '@sluice/duckdb'

/** Orders of a shop: what a file of them holds. */
export const columns = {
  id: bigint({ notNull: true }),
  customer: text(),
  ordered_on: date(),
  quantity: integer(),
  price: decimal(12, 2),
  paid: boolean(),
  seen_at: timestamp(),
} satisfies Columns

export const typesOfDuckDB: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(columns).map(([name, { type }]) => [name, duckdbType(type)]),
)

const selectRows = (rows: number, name = 'customer '): string => `SELECT n AS id, '${name}' || (n * 7919 % 100000) AS customer,
  strftime(DATE '2020-01-01' + (n % 2000)::INTEGER, '%Y-%m-%d') AS ordered_on, n % 50 AS quantity, (n % 1000000 / 100)::DECIMAL(12,2) AS price, n % 3 = 0 AS paid,
  strftime(TIMESTAMP '2026-01-01' + to_seconds(n), '%Y-%m-%dT%H:%M:%SZ') AS seen_at FROM range(${rows}) t(n)`

/** A clean file: UTF-8, commas, LF. */
export async function writeClean(connection: DuckConnection, file: string, rows: number, format: 'csv' | 'json'): Promise<void> {
  await connection.run(
    `COPY (${selectRows(rows)}) TO ${quoteLiteral(file)} (FORMAT ${format === 'csv' ? 'csv, HEADER true' : 'json, ARRAY false'})`,
  )
}
