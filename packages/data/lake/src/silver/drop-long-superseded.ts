import { formatInstant, type Instant } from '@sluice/core'
import type { DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchColumn } from './delta-columns.ts'
import { asOfColumn, type ByKey, columnList, latestFirst } from './row-order.ts'

const dayMs = 86_400_000
const instantSql = (at: Instant): string => `CAST(${quoteLiteral(formatInstant(at))} AS TIMESTAMPTZ)`

/**
 * Once a logical day, by the first batch of it: rows beside a table that have been superseded for long go. The row that the table shows
 * stays, and so does the next in line of its key: when one batch takes its row back, what comes back is right whatever its age.
 */
export async function dropLongSuperseded(
  connection: DuckConnection,
  beside: DeltaTable,
  { batch, asOf, by }: { readonly batch: string; readonly asOf: Instant; readonly by: ByKey },
): Promise<void> {
  const snapshot = await beside.snapshot()
  const [of, at] = [quoteIdentifier(batchColumn), quoteIdentifier(asOfColumn)]
  const days = await snapshot.scanSql({ columns: [batchColumn, asOfColumn] })
  const day = instantSql(Math.floor(asOf / dayMs) * dayMs)
  const others = `SELECT 1 FROM (${days}) WHERE ${of} <> ${quoteLiteral(batch)} AND ${at} >= ${day} LIMIT 1`
  if ((await connection.value(others)) !== null) return
  const keys = columnList(by.key)
  const ranked = `SELECT ${keys}, ${of}, ${at}, row_number() OVER (PARTITION BY ${keys} ORDER BY ${latestFirst(by)}) AS place
    FROM (${await snapshot.scanSql()})`
  const old = `SELECT ${keys}, ${of} FROM (${ranked}) WHERE place > 2 AND ${at} < ${instantSql(asOf - by.supersededMs)}`
  if ((await connection.value(`SELECT 1 FROM (${old}) LIMIT 1`)) === null) return
  await beside.merge({
    source: old,
    on: [...by.key, batchColumn].map((name) => `target.${quoteIdentifier(name)} = source.${quoteIdentifier(name)}`).join(' AND '),
    matched: [{ delete: true }],
  })
}
