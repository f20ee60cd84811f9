import type { Columns } from '@sluice/author'
import { type BatchWrite, definitionErrors, formatInstant, type Instant, type SluiceError } from '@sluice/core'
import type { Column, DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchesOf, type LakeDataset, tableStore } from '../dataset.ts'
import { wholeColumn } from './by-versions.ts'
import { batchColumn, deltaColumns } from './delta-columns.ts'
import { fitTable } from './fit-table.ts'
import { openExisting, openOrCreate } from './open.ts'
import { asOfColumn, turnColumn } from './row-order.ts'

/** The field of a commit's commitInfo that holds the order of the batch. */
const orderField = 'sluiceOrder'

export interface BatchOrder {
  readonly asOf: Instant
  readonly turn: number
}

/** The rows of every batch of a table that goes by a key, shown or not: `<name>__batches`. `undefined` where there is none. */
export const openBatchRows = (connection: DuckConnection, dataset: LakeDataset): Promise<DeltaTable | undefined> =>
  openExisting(connection, tableStore(batchesOf(dataset)))

export const hasRows = async (table: DeltaTable | undefined): Promise<boolean> =>
  table !== undefined && (await table.snapshot()).files.length > 0

/** Columns of the table beside, in the order declared. @throws `definition.invalid` for a column that takes the platform's name */
export function columnsBeside(columns: Columns, saysWhole = false): readonly Column[] {
  const taken = Object.keys(columns).find((name) => [asOfColumn, turnColumn, wholeColumn].includes(name.toLowerCase()))
  if (taken !== undefined) throw takenName(taken)
  return [
    ...deltaColumns(columns),
    { name: asOfColumn, type: 'timestamp' as const },
    { name: turnColumn, type: 'long' as const },
    ...(saysWhole ? [{ name: wholeColumn, type: 'boolean' as const }] : []),
  ]
}

export interface RowsOfBatch {
  readonly write: BatchWrite
  readonly columns: Columns
  /** SELECT of the rows, their columns those declared. */
  readonly select: string
  /** Of rows that show more than batches: the version of the table beside when they were evaluated. They follow no other batch. */
  readonly after?: { readonly version: number | undefined }
  /** Where it is told of each batch: whether it shows all there is. */
  readonly isWhole?: boolean
}

export interface WrittenRows {
  readonly table: DeltaTable
  readonly rows: number
  readonly order: BatchOrder
  /** Nothing of the batch was there before, be it of an attempt that died. */
  readonly isFirst: boolean
}

/**
 * Puts the rows of a batch in the place of those of its earlier generations. What an attempt of the same generation has left that died
 * before its receipt is replaced, too: until then nothing vouches for it. `undefined` where another batch came first.
 */
export async function writeBatchRows(
  connection: DuckConnection,
  dataset: LakeDataset,
  { write, columns, select, after, isWhole }: RowsOfBatch,
  now: () => number,
): Promise<WrittenRows | undefined> {
  const beside = batchesOf(dataset)
  const wanted = columnsBeside(columns, isWhole !== undefined)
  const table = await openOrCreate(connection, tableStore(beside), wanted, undefined, now)
  await fitTable(table, beside, wanted)
  const { version, txns } = await table.snapshot()
  if (after !== undefined && (await hasBatchSince(table, after.version))) return undefined
  const order = await orderOf(connection, table, write, version)
  const { asOf, turn } = order
  const result = await table.replaceBatch({
    select: `SELECT *, CAST(${quoteLiteral(formatInstant(asOf))} AS TIMESTAMPTZ) AS ${quoteIdentifier(asOfColumn)},
      ${turn}::BIGINT AS ${quoteIdentifier(turnColumn)}${isWhole === undefined ? '' : `, ${isWhole} AS ${quoteIdentifier(wholeColumn)}`} FROM (${select})`,
    column: batchColumn,
    value: write.batch,
    evolve: true,
    commitInfo: { [orderField]: order },
    ...(after === undefined ? {} : { ifVersion: version }),
    ...(txns.get(write.batch) === write.generation ? {} : { txn: { appId: write.batch, version: write.generation } }),
  })
  return { table, rows: result.rows, order, isFirst: !txns.has(write.batch) }
}

/** Whether a batch beside the table comes after this one in their order. */
export async function hasLaterBatch(connection: DuckConnection, table: DeltaTable, { asOf, turn }: BatchOrder): Promise<boolean> {
  const rows = await (await table.snapshot()).scanSql({ columns: [asOfColumn, turnColumn] })
  const [at, own] = [quoteIdentifier(asOfColumn), `CAST(${quoteLiteral(formatInstant(asOf))} AS TIMESTAMPTZ)`]
  const later = `${at} >= ${own} AND (${at} > ${own} OR ${quoteIdentifier(turnColumn)} > ${turn})`
  return (await connection.value(`SELECT 1 FROM (${rows}) WHERE ${later} LIMIT 1`)) !== null
}

/**
 * Later generations of a batch keep the turn of the first, so that clearing it moves nothing. A batch that shows more than batches has seen
 * all that came before it, and takes a new one.
 */
async function orderOf(
  connection: DuckConnection,
  table: DeltaTable,
  { batch, logicalTime, asOf }: BatchWrite,
  version: number,
): Promise<BatchOrder> {
  const known = asOf === undefined ? await firstTurn(connection, table, batch) : undefined
  return { asOf: asOf ?? logicalTime, turn: known ?? Math.max(version, await newestTurn(connection, table)) + 1 }
}

async function firstTurn(connection: DuckConnection, table: DeltaTable, batch: string): Promise<number | undefined> {
  const snapshot = await table.snapshot()
  if (!snapshot.txns.has(batch)) return undefined
  const rows = await snapshot.scanSql({ columns: [turnColumn], where: [{ column: batchColumn, op: '=', value: batch }] })
  const found = await connection.value<number>(`SELECT min(${quoteIdentifier(turnColumn)}) FROM (${rows})`)
  const told = (await table.findTransaction(batch))?.commitInfo[orderField] as Partial<BatchOrder> | undefined
  return found ?? told?.turn
}

/** A table that was made anew has the turns of before, and fewer versions. */
async function newestTurn(connection: DuckConnection, table: DeltaTable): Promise<number> {
  const rows = await (await table.snapshot()).scanSql({ columns: [turnColumn] })
  return (await connection.value<number>(`SELECT max(${quoteIdentifier(turnColumn)}) FROM (${rows})`)) ?? 0
}

async function hasBatchSince(table: DeltaTable, version = -1): Promise<boolean> {
  const commits = (await table.snapshot()).version - version
  if (commits <= 0) return false
  for await (const entry of table.commits({ limit: commits })) if (entry.version > version && orderField in entry.commitInfo) return true
  return false
}

/** Nothing stands beside a table any more whose rows were all replaced at once. */
export async function forgetBatchRows(connection: DuckConnection, dataset: LakeDataset): Promise<void> {
  const table = await openBatchRows(connection, dataset)
  if (await hasRows(table)) await table?.delete()
}

const takenName = (column: string): SluiceError =>
  definitionErrors.invalid(`the column "${column}" has a name the platform uses`, {
    facts: { column },
    next: `Name the column otherwise; ${asOfColumn} and ${turnColumn} hold the order of a batch of a dataset that is refreshed by key, ${wholeColumn} whether it shows all there is.`,
  })
