import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import { openBatchRows } from './batch-rows.ts'
import { versionsOf, wholeColumn } from './by-versions.ts'
import { batchColumn } from './delta-columns.ts'
import { metRows } from './met-rows.ts'
import { openExisting } from './open.ts'
import { asOfColumn, type ByKey, columnList, latestOf, turnColumn } from './row-order.ts'

/** Batches of a table that goes by key, with other rows than they have. */
export interface OtherRows {
  /** SELECT of the rows, with their batch. */
  readonly made: string
  /** The columns that a batch brings. */
  readonly columns: readonly string[]
  readonly batches: readonly string[]
  /** Those of which rows went to quarantine: they do not show all there is. */
  readonly broken: readonly string[]
  readonly by: ByKey
}

/**
 * Two SELECTs over what is affected: the rows that the table would show, were these the rows of the batches, and those that it shows. Where
 * it shows a row of another batch, the order of the two decides, as in a run. `undefined` where no batch has come by key.
 */
export async function wouldShow(
  connection: DuckConnection,
  dataset: LakeDataset,
  { made, columns, batches, broken, by }: OtherRows,
): Promise<{ readonly would: string; readonly stands: string } | undefined> {
  const [beside, table] = [await openBatchRows(connection, dataset), await openExisting(connection, tableStore(dataset))]
  if (beside === undefined || table === undefined) return undefined
  const [rows, shown] = [await (await beside.snapshot()).scanSql(), await (await table.snapshot()).scanSql()]
  const { versions } = by
  const chosen = batches.length === 0 ? 'false' : `${batchColumn} IN (${batches.map(quoteLiteral).join(', ')})`
  const closes = versions?.closesMissing === true
  const order = columnList([batchColumn, asOfColumn, turnColumn])
  const whole = closes
    ? `, ${broken.length === 0 ? 'true' : `${batchColumn} NOT IN (${broken.map(quoteLiteral).join(', ')})`} AS ${wholeColumn}`
    : ''
  const seen = `SELECT * FROM (${rows}) WHERE NOT (${chosen})
    UNION ALL BY NAME
    SELECT made.*, ${columnList([asOfColumn, turnColumn])}${whole}
    FROM (${made}) AS made JOIN (SELECT DISTINCT ${order} FROM (${rows}) WHERE ${chosen}) AS turns USING (${batchColumn})`
  const affected = columnList(versions?.entity ?? by.key)
  const keys = `SELECT ${affected} FROM (${made}) UNION SELECT ${affected} FROM (${rows}) WHERE ${chosen}`
  // What a batch lacks may be closed by it: then all there is is affected.
  const met = (select: string): string => (closes ? select : metRows(select, versions?.entity ?? by.key, `(${keys})`))
  return {
    would: versions === undefined ? latestOf(met(seen), by) : versionsOf(met(seen), columns, { order: by.order, of: versions }),
    stands: met(shown),
  }
}
