import type { Columns } from '@sluice/author'
import { DeltaError, type DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchesOf, type LakeDataset, layerPath, quarantineOf, tableStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import type { StoredReceipt } from '../receipt.ts'
import { columnsBeside, forgetBatchRows, openBatchRows } from './batch-rows.ts'
import { batchColumn, deltaColumns } from './delta-columns.ts'
import { mapNames } from './fit-table.ts'
import { openExisting, openOrCreate } from './open.ts'
import { quarantineColumns } from './quarantine.ts'
import { amendedField, rebuildField } from './receipts.ts'
import { columnList, turnColumn } from './row-order.ts'

/** What a table that was made batch by batch beside another one takes the place of. */
export interface Replacement {
  readonly columns: Columns
  /** The version that it was made from; another one is `lake.outdated`. */
  readonly ifVersion: number
  /** Batches of which the rows in quarantine stay beside those that the new table has refused. */
  readonly converted: readonly string[]
  readonly batches: readonly string[]
  /** Those of batches whose counts have changed. */
  readonly receipts: readonly StoredReceipt[]
  /** For the history: who asked for it, and what changed. */
  readonly told: Readonly<Record<string, unknown>>
}

export interface Replaced {
  readonly version: string
  readonly rows: number
}

/**
 * Puts the rows of `made` in the place of all rows of a table, with its columns, and takes `made` away. The order is the contract, since
 * the process may die after each step and the next call does them again: the broken rows; the table, in one commit; the rows beside it,
 * without which no batch is written (`refuseOtherRefresh`, `fitTable`). Older versions stay readable.
 */
export async function replaceTable(
  connection: DuckConnection,
  dataset: LakeDataset,
  made: LakeDataset,
  of: Replacement,
): Promise<Replaced> {
  try {
    await replaceQuarantine(connection, dataset, made, of)
    const replaced = await replaceRows(connection, dataset, made, of)
    await replaceBeside(connection, dataset, made, of.columns)
    await discardRebuilds(dataset)
    return replaced
  } catch (thrown) {
    if (thrown instanceof DeltaError && thrown.code === 'commit.conflict') {
      throw lakeErrors.outdated(`${dataset.id}: another write came while the table was made anew`, {
        cause: thrown,
        facts: { dataset: dataset.id, batch: '' },
        next: 'Rebuild once more: what was made of the other batches is kept.',
      })
    }
    throw failureOf(thrown, `rebuilding ${dataset.id}`)
  }
}

async function replaceRows(connection: DuckConnection, dataset: LakeDataset, made: LakeDataset, of: Replacement): Promise<Replaced> {
  const table = await openOrCreate(connection, tableStore(dataset), deltaColumns(of.columns), undefined)
  const { version } = await table.snapshot()
  const names = [...Object.keys(of.columns), batchColumn]
  const rows = (await openExisting(connection, tableStore(made)))?.snapshot()
  const select = rows === undefined ? nothing(of.columns) : `SELECT ${columnList(names)} FROM (${await (await rows).scanSql()})`
  if (version !== of.ifVersion) throw new DeltaError('commit.conflict', `the table has version ${version}`, 'Rebuild once more.')
  const mapped = await mapNames(table, deltaColumns(of.columns))
  const result = await table.overwrite({
    select,
    overwriteSchema: true,
    ifVersion: mapped ? version + 1 : version,
    commitInfo: { [rebuildField]: of.told, [amendedField]: of.receipts },
  })
  return { version: String(result.version), rows: result.rows }
}

const nothing = (columns: Columns): string =>
  `SELECT ${deltaColumns(columns)
    .map(({ name }) => `CAST(NULL AS VARCHAR) AS ${quoteIdentifier(name)}`)
    .join(', ')} WHERE false`

/** Batches keep their turns. */
async function replaceBeside(connection: DuckConnection, dataset: LakeDataset, made: LakeDataset, columns: Columns): Promise<void> {
  const rows = await openBatchRows(connection, made)
  if (rows === undefined) return await forgetBatchRows(connection, dataset)
  const beside = batchesOf(dataset)
  const table = await openOrCreate(connection, tableStore(beside), columnsBeside(columns), undefined)
  await mapNames(table, columnsBeside(columns))
  const [batch, turn] = [quoteIdentifier(batchColumn), quoteIdentifier(turnColumn)]
  const turns = `SELECT ${batch}, max(${turn}) AS kept FROM (${await (await table.snapshot()).scanSql()}) GROUP BY ALL`
  const names = columnList((await rows.snapshot()).schema.fields.map(({ name }) => name).filter((name) => name !== turnColumn))
  await table.overwrite({
    select: `SELECT ${names}, coalesce(kept, ${turn}) AS ${turn} FROM (${await (await rows.snapshot()).scanSql()}) LEFT JOIN (${turns}) USING (${batch})`,
    overwriteSchema: true,
  })
}

async function replaceQuarantine(
  connection: DuckConnection,
  dataset: LakeDataset,
  made: LakeDataset,
  { batches, converted }: Replacement,
): Promise<void> {
  const refused = await openExisting(connection, tableStore(quarantineOf(made)))
  const store = tableStore(quarantineOf(dataset))
  const before = await openExisting(connection, store)
  if (refused === undefined && before === undefined) return
  const table = before ?? (await openOrCreate(connection, store, quarantineColumns, undefined))
  const old = converted.length === 0 ? undefined : await rowsOf(table, converted)
  const selects = [...(refused === undefined ? [] : [await rowsOf(refused, batches)]), ...(old === undefined ? [] : [old])]
  await table.overwrite({
    select: selects.length === 0 ? `${await rowsOf(table, [])}` : selects.join(' UNION BY NAME '),
    replaceWhere: [{ column: 'batch', op: 'in', values: batches }],
    evolve: true,
  })
}

const rowsOf = async (table: DeltaTable, batches: readonly string[]): Promise<string> =>
  `SELECT * FROM (${await (await table.snapshot()).scanSql()}) WHERE list_contains([${batches.map(quoteLiteral).join(', ')}]::VARCHAR[], batch)`

/** What the name of a table begins with that is made to take the place of another. */
export const rebuildPrefix = (name: string): string => `${name}__rebuild_`

/** Takes away what rebuilds of a table have made, finished or not. */
export async function discardRebuilds(dataset: LakeDataset): Promise<void> {
  const names = await dataset.storage.folders(layerPath(dataset))
  for (const name of names.filter((each) => each.startsWith(rebuildPrefix(dataset.name)))) await dropTable({ ...dataset, name })
}

/** The files of a table that nobody needs any more. */
async function dropTable(dataset: LakeDataset): Promise<void> {
  const store = tableStore(dataset)
  const files = await store.walk('.')
  // Without its log it is not a table: what is left of it after a crash is found by nobody.
  const first = files.toSorted((a, b) => Number(b.path.startsWith('_delta_log')) - Number(a.path.startsWith('_delta_log')))
  for (const { path } of first) await store.delete(path)
}
