import type { AnyDataset, Reading, SqlRows } from '@sluice/author'
import { dayIn, formatInstant, given, type Instant, unreachable } from '@sluice/core'
import { duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { lakeErrors } from '../errors.ts'
import { batchColumn } from '../silver/delta-columns.ts'
import { columnList, latestOf, turnColumn } from '../silver/row-order.ts'
import { type JudgedSource, judgedBodies } from './bodies/judged.ts'
import { bodiesSelect } from './bodies/select.ts'
import type { ScanOptions, Stored } from './scan.ts'

/** @throws `lake.dataset_unknown` when nothing was written to it yet */
export type ScanStored = (dataset: AnyDataset, options: ScanOptions) => Promise<Stored>

export interface SourceRows {
  readonly select: string
  /** Of bodies: the same, where reading them fails at a row. */
  readonly judged: JudgedSource | undefined
}

/**
 * The rows of a dataset that a statement asks for, in its declared columns, as a SELECT. What this run wrote is read at the version that it
 * wrote; anything else as it stands. A dataset that nothing was written to yet has no rows, and a column that its files do not have yet is
 * null.
 */
export async function rowsSelect(
  dataset: AnyDataset,
  rows: SqlRows,
  reading: Reading,
  { scan, parsesJson }: { readonly scan: ScanStored; readonly parsesJson: boolean },
): Promise<SourceRows> {
  const refs = reading.batches.get(dataset.id) ?? []
  const byBatch = rows.rows === 'batch' ? { batches: refs.map(({ batch }) => batch) } : {}
  try {
    const stored =
      rows.rows === 'batch' && rows.once === true && refs.length > 1
        ? await onceByKey(dataset, { ...versionOf(dataset, refs), ...byBatch }, scan)
        : await scan(dataset, { ...versionOf(dataset, refs), ...byBatch, ...(rows.rows === 'all' ? partOf(dataset, reading) : {}) })
    const own = await withoutOwn(dataset, stored, reading, scan)
    return {
      select: chosen(dataset, declared(dataset, own, parsesJson), rows, reading),
      judged: dataset.facts.bodies === undefined ? undefined : judgedBodies(dataset, own.select),
    }
  } catch (thrown) {
    if (lakeErrors.dataset_unknown.is(thrown) && Object.keys(dataset.columns).length > 0)
      return { select: nothing(dataset), judged: undefined }
    throw thrown
  }
}

/** A partition that the source does not have at that version has no rows. */
function partOf({ id, columns }: AnyDataset, { parts }: Reading): ScanOptions {
  const { version, column, values } = parts?.get(id) ?? {}
  const kind = columns[column ?? '']?.type.kind
  return given({
    version,
    among: column === undefined || kind === undefined || values === undefined ? undefined : { column: { name: column, kind }, values },
  })
}

/** Of a table the version of the newest of these batches. Files of bronze and gold never change. */
function versionOf({ facts, name }: AnyDataset, refs: readonly { readonly version: string }[]): Pick<ScanOptions, 'version'> {
  const isTable = facts.bodies === undefined && facts.files === undefined && !name.startsWith('bronze.')
  return !isTable || refs.length === 0 ? {} : { version: Math.max(...refs.map(({ version }) => Number(version))) }
}

/** Where the table goes by a key, batches may each bring a row of it: the one that stands in the table, were there no other batches. */
async function onceByKey(dataset: AnyDataset, options: ScanOptions, scan: ScanStored): Promise<Stored> {
  const { key, facts } = dataset
  if (key.length === 0 || facts.versions !== undefined) return await scan(dataset, options)
  const stored = await scan(dataset, { ...options, ofBatches: true })
  if (!stored.columns.includes(turnColumn)) return stored
  return { ...stored, select: latestOf(stored.select, { key, order: facts.order }) }
}

/**
 * What writes a batch anew reads its target as it was before: without the rows that its earlier generation wrote and, where the table goes
 * by a key, with those that come back under their keys.
 */
async function withoutOwn(dataset: AnyDataset, stored: Stored, { writing }: Reading, scan: ScanStored): Promise<Stored> {
  if (writing === undefined || !stored.columns.includes(batchColumn)) return stored
  const isOther = `${quoteIdentifier(batchColumn)} <> ${quoteLiteral(writing)}`
  const others = { ...stored, select: `SELECT * FROM (${stored.select}) WHERE ${isOther}` }
  if (dataset.key.length === 0) return others
  const beside = await scan(dataset, { ofBatches: true })
  if (!beside.columns.includes(turnColumn)) return others
  const keys = columnList(dataset.key)
  const left = `SELECT ${keys} FROM (${stored.select}) WHERE NOT (${isOther})`
  const next = latestOf(`SELECT * FROM (${beside.select}) SEMI JOIN (${left}) USING (${keys}) WHERE ${isOther}`, {
    key: dataset.key,
    order: dataset.facts.order,
  })
  const columns = stored.columns.map((name) => (beside.columns.includes(name) ? quoteIdentifier(name) : `NULL AS ${quoteIdentifier(name)}`))
  return { ...stored, select: `${others.select} UNION ALL SELECT ${columns.join(', ')} FROM (${next})` }
}

function declared(dataset: AnyDataset, { select, columns }: Stored, parsesJson: boolean): string {
  if (dataset.facts.bodies !== undefined) return bodiesSelect(dataset, select, parsesJson)
  const names = Object.entries(dataset.columns)
  if (names.length === 0)
    return columns.includes(batchColumn) ? `SELECT * EXCLUDE (${quoteIdentifier(batchColumn)}) FROM (${select})` : select
  const known = new Set(columns.map((name) => name.toLowerCase()))
  const selected = names.map(([name, { type }]) =>
    known.has(name.toLowerCase()) ? quoteIdentifier(name) : `CAST(NULL AS ${duckdbType(type)}) AS ${quoteIdentifier(name)}`,
  )
  return `SELECT ${selected.join(', ')} FROM (${select})`
}

const nothing = ({ columns }: AnyDataset): string =>
  `SELECT ${Object.entries(columns)
    .map(([name, { type }]) => `CAST(NULL AS ${duckdbType(type)}) AS ${quoteIdentifier(name)}`)
    .join(', ')} WHERE false`

function chosen(dataset: AnyDataset, select: string, rows: SqlRows, reading: Reading): string {
  const { end } = reading.interval
  switch (rows.rows) {
    case 'all':
    case 'batch':
      return select
    case 'latest': {
      const order = quoteIdentifier(dataset.facts.order ?? '')
      const until = orderLiteral(dataset, end, reading.timeZone)
      const newest = `SELECT max(${order}) FROM (${select})${until === undefined ? '' : ` WHERE ${order} <= ${until}`}`
      return `SELECT * FROM (${select}) WHERE ${order} = (${newest})`
    }
    case 'since': {
      const order = quoteIdentifier(dataset.facts.order ?? '')
      const [from, until] = [orderLiteral(dataset, end - rows.ms, reading.timeZone), orderLiteral(dataset, end, reading.timeZone)]
      return `SELECT * FROM (${select}) WHERE ${order} BETWEEN ${from} AND ${until}`
    }
    default:
      return unreachable(rows)
  }
}

/** An instant as a value of the order column; `undefined` for a column that is not of time. */
function orderLiteral({ columns, facts }: AnyDataset, at: Instant, timeZone: string): string | undefined {
  const kind = columns[facts.order ?? '']?.type.kind
  if (kind === 'date') return `DATE ${quoteLiteral(dayIn(at, timeZone))}`
  return kind === 'timestamp' ? instantLiteral(at) : undefined
}

export const instantLiteral = (at: Instant): string => `TIMESTAMPTZ ${quoteLiteral(formatInstant(at).replace('Z', '+00:00'))}`
