import { type BatchWrite, definitionErrors, type SluiceError } from '@sluice/core'
import { DeltaError, type DeltaTable, type Snapshot } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import { hasLaterBatch, hasRows, openBatchRows, type WrittenRows } from './batch-rows.ts'
import { batchColumn } from './delta-columns.ts'
import { metRows } from './met-rows.ts'
import { openExisting } from './open.ts'
import { asOfColumn, type ByKey, type ByVersions, columnList, latestOf, turnColumn } from './row-order.ts'
import { stageVersions } from './show-versions.ts'

const [keysTable, shownTable, goneColumn] = ['_sluice_keys', '_sluice_shown', '_sluice_gone']

/** More races than writers are at one table; each lost one is another writer's progress. */
const mostRaces = 25

export interface MergeTo {
  readonly write: BatchWrite
  readonly by: ByKey
  /** The rows of every batch, and what was written there. */
  readonly written: WrittenRows
  readonly commitInfo: Readonly<Record<string, unknown>>
}

/** The rows that a merge brings, in a temporary table. */
interface Shown {
  readonly columns: readonly string[]
  /** SQL: a row of the table gives way to that of its key. */
  readonly gives: string
}

/**
 * Brings the table up to date with the rows beside it, for the keys that a batch brings or has brought: under each key the latest row of
 * all batches, or none; of versions those that are made of all that was seen.
 * It reads the version of the table first and the rows beside it then, and follows that version alone: of two batches
 * that meet a key at one moment the second sees the rows of the first. False when the table has the batch already.
 */
export async function showLatest(
  connection: DuckConnection,
  table: DeltaTable,
  { write, by, written, commitInfo }: MergeTo,
): Promise<boolean> {
  const gone = `source.${goneColumn}`
  for (let race = 1; ; race++) {
    const { version } = await table.snapshot()
    const { columns, gives } = await stage(connection, table, { write, by, written })
    const values = Object.fromEntries(columns.map((name) => [name, `source.${quoteIdentifier(name)}`]))
    try {
      const result = await table.merge({
        source: `SELECT * FROM ${shownTable}`,
        on: by.key.map((name) => `target.${quoteIdentifier(name)} = source.${quoteIdentifier(name)}`).join(' AND '),
        matched: [
          { when: gone, delete: true },
          { when: gives, update: values },
        ],
        notMatched: [{ when: `NOT ${gone}`, insert: values }],
        evolve: true,
        txn: { appId: write.batch, version: write.generation },
        ifVersion: version,
        commitInfo,
      })
      return !result.alreadyCommitted
    } catch (thrown) {
      if (!(thrown instanceof DeltaError && thrown.code === 'commit.conflict') || race === mostRaces) throw thrown
    }
  }
}

async function stage(connection: DuckConnection, table: DeltaTable, { write, by, written }: Omit<MergeTo, 'commitInfo'>): Promise<Shown> {
  const { table: beside, isFirst, order } = written
  const batch = quoteIdentifier(batchColumn)
  if (by.versions !== undefined) {
    const to = { into: shownTable, gone: goneColumn }
    const of = { table, beside, by: { ...by, versions: by.versions }, batch: write.batch, all: !isFirst }
    return { columns: await stageVersions(connection, of, to), gives: 'true' }
  }
  // Looked at behind the version of the table: a batch that comes from here on merges behind this one, and finds it.
  if (isFirst && !(await hasLaterBatch(connection, beside, order)))
    return { columns: await stageOwn(connection, beside, write.batch, by), gives: isNewer(by) }
  return {
    columns: await stageShown(connection, table, beside, write.batch, by),
    gives: `source.${batch} = ${quoteLiteral(write.batch)} OR target.${batch} IS DISTINCT FROM source.${batch}`,
  }
}

/** Of a batch behind which no other comes: where the column of the order does not tell, its row is the later one. */
function isNewer({ key, order }: ByKey): string {
  if (order === undefined || key.includes(order)) return 'true'
  const [own, shown] = [`source.${quoteIdentifier(order)}`, `target.${quoteIdentifier(order)}`]
  return `${shown} IS NULL OR coalesce(${own} >= ${shown}, false)`
}

/** Columns that rows have in the table: those beside it that do not hold the order of their batch. */
const shownColumns = (beside: Snapshot): readonly string[] =>
  beside.schema.fields.map(({ name }) => name).filter((name) => name !== asOfColumn && name !== turnColumn)

/**
 * The latest row of each key among those of the batch, in a temporary table. What the table shows is the latest of the batches that it
 * has, so the others are not read (10 M rows beside it: 0.6 s of processor time).
 */
async function stageOwn(connection: DuckConnection, beside: DeltaTable, batch: string, by: ByKey): Promise<readonly string[]> {
  const rows = await beside.snapshot()
  const columns = shownColumns(rows)
  const own = await rows.scanSql({ where: [{ column: batchColumn, op: '=', value: batch }] })
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${shownTable} AS SELECT ${columnList(columns)}, false AS ${goneColumn} FROM (${latestOf(own, by)})`,
  )
  return columns
}

/** The keys of the batch, each with its latest row, in a temporary table. Answers the columns that the rows have. */
async function stageShown(
  connection: DuckConnection,
  table: DeltaTable,
  beside: DeltaTable,
  batch: string,
  by: ByKey,
): Promise<readonly string[]> {
  const [shown, rows] = [await table.snapshot(), await beside.snapshot()]
  const ofBatch = [{ column: batchColumn, op: '=' as const, value: batch }]
  const keys = columnList(by.key)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${keysTable} AS
     SELECT ${keys} FROM (${await rows.scanSql({ where: ofBatch })}) UNION SELECT ${keys} FROM (${await shown.scanSql({ where: ofBatch })})`,
  )
  const columns = shownColumns(rows)
  const met = metRows(await rows.scanSql(), by.key, keysTable)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${shownTable} AS
     SELECT ${columnList(columns)}, ${quoteIdentifier(batchColumn)} IS NULL AS ${goneColumn}
     FROM ${keysTable} LEFT JOIN (${latestOf(met, by)}) AS latest USING (${keys})`,
  )
  return columns
}

/**
 * Rows of a table that did not come by key have no order, and those beside a table must be its own.
 * @throws `definition.invalid` where a dataset is refreshed by another word than its rows came by
 */
export async function refuseOtherRefresh(
  connection: DuckConnection,
  dataset: LakeDataset,
  byKey: boolean,
  versions?: ByVersions,
): Promise<void> {
  const beside = await openBatchRows(connection, dataset)
  if (byKey && (await hasRows(beside))) {
    const names = (await beside?.snapshot())?.schema.fields.map(({ name }) => name) ?? []
    const bounds = versions?.bounds ?? []
    const shown = (await (await openExisting(connection, tableStore(dataset)))?.snapshot())?.schema.fields.map(({ name }) => name) ?? []
    const ofVersions = shown.some((name) => !names.includes(name))
    if (bounds.some((name) => names.includes(name)) || (versions === undefined && ofVersions)) throw otherRefresh(dataset, 'versions')
  }
  if ((await hasRows(beside)) === byKey) return
  if (!byKey || (await hasOtherBatches(connection, dataset, (await beside?.snapshot())?.txns)))
    throw otherRefresh(dataset, byKey ? 'key' : 'batch')
}

/** Whether a table has rows of batches that are none of these. */
async function hasOtherBatches(connection: DuckConnection, dataset: LakeDataset, known?: ReadonlyMap<string, number>): Promise<boolean> {
  const shown = await (await openExisting(connection, tableStore(dataset)))?.snapshot()
  if (shown === undefined || shown.files.length === 0) return false
  const batch = quoteIdentifier(batchColumn)
  const found = await connection.rows<{ batch: string | null }>(`SELECT DISTINCT ${batch} AS batch FROM (${await shown.scanSql()})`)
  return found.some((row) => row.batch === null || known?.has(row.batch) !== true)
}

const reasons = {
  key: 'has rows that did not come by key: nothing says which of two under one key is the later',
  batch: 'has rows that came by key, and a refresh by batch would add rows beside them',
  versions: 'has rows that came otherwise: what bounds versions was, or is now, what a batch brings',
} as const

const otherRefresh = ({ layer, name }: LakeDataset, by: keyof typeof reasons): SluiceError =>
  definitionErrors.invalid(`${layer}.${name} ${reasons[by]}`, {
    facts: { dataset: `${layer}.${name}` },
    next: `Where a model fills it, make the table anew from its batches: sluice models rebuild ${layer}.${name} --dry-run tells what that does. Where a pull does, declare a dataset under another name and pull into that: it begins anew.`,
  })
