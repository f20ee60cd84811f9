import type { TableContext } from '../context.ts'
import { DeltaError } from '../errors.ts'
import type { DataFiles } from '../files/data-files.ts'
import type { TableShape } from '../read/prune.ts'
import { scanOf } from '../read/snapshot.ts'
import type { StructType } from '../schema/schema.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import type { ReplaceBatchesSettings } from './request.ts'

type OfBatches = Pick<ReplaceBatchesSettings, 'batches' | 'column'>

/** Throws `schema.mismatch` unless table and query have the column of the batches, and it holds texts. */
export function checkBatchColumn(
  { column }: OfBatches,
  { schema }: TableShape,
  given: readonly { readonly name: string; readonly type: string }[],
): void {
  const field = schema.fields.find(({ name }) => name === column)
  if (field?.type !== 'string')
    throw new DeltaError(
      'schema.mismatch',
      field === undefined ? `The table has no column ${column}.` : `The column ${column} of the table does not hold texts.`,
      'Name the column that contains the batch.',
      { column },
    )
  if (!given.some(({ name }) => name.toLowerCase() === column.toLowerCase()))
    throw new DeltaError(
      'schema.mismatch',
      `The query has no column ${column}.`,
      'Let the query say of each row which batch it belongs to.',
      {
        column,
      },
    )
}

/** The number of rows by batch, from the files themselves. Throws `rows.invalid` for a row of a batch that is not named. */
export async function countBatches(
  context: TableContext,
  { files }: DataFiles,
  shape: TableShape,
  schema: StructType,
  { batches, column }: OfBatches,
): Promise<ReadonlyMap<string, number>> {
  if (files.length === 0) return new Map()
  const scan = await scanOf(files, { ...shape, schema }, context, { columns: [column] })
  const found = await queryRows(context.connection, `SELECT ${quoteIdentifier(column)} AS batch, count(*) AS n FROM (${scan}) GROUP BY 1`)
  const named = new Set(batches.map(({ value }) => value))
  const stranger = found.find(({ batch }) => typeof batch !== 'string' || !named.has(batch))
  if (stranger !== undefined)
    throw new DeltaError(
      'rows.invalid',
      `${String(stranger.n)} new rows have ${stranger.batch === null ? 'NULL' : `the batch ${String(stranger.batch)}`} in the column ${column}, which is not among the batches.`,
      'Name every batch of the query, or filter its rows.',
      { column, rows: Number(stranger.n) },
    )
  return new Map(found.map(({ batch, n }) => [String(batch), Number(n)]))
}
