import { randomUUID } from 'node:crypto'
import type { FileFact } from '@sluice/core'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import { failureOf } from '../failure.ts'
import type { WrittenReceipt } from '../receipt.ts'
import { openExisting } from '../silver/open.ts'
import { everyReceiptIn } from '../silver/receipts.ts'
import { commitId, type FilesProjection, keepProjection, projectionSql, projectionsOf } from './files-projection.ts'
import { asSeenLast } from './same-files.ts'

/** A file of a source as a dataset holds it: by the newest receipt of its batch. One that was moved has the path of now. */
export interface HeldFile extends Pick<FileFact, 'path' | 'bytes' | 'modified' | 'hash'> {
  readonly mark: string | null
  /** The path under which its batch began, of a file that was moved since. */
  readonly first: string | null
  /** By what its columns were read, and the events of its columns as JSON. */
  readonly declared: string | null
  readonly drift: string | null
  readonly batch: string
  readonly generation: number
  /** The run that read it last, and how often the task had been cleared by then. */
  readonly run: string
  readonly cleared: number
  readonly logicalTime: number
  /** Its rows were taken away. */
  readonly gone: boolean
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly writtenAt: number
}

/** `version`: the commit that tells of the batch last. */
const columns: Readonly<Record<'source' | 'version' | keyof HeldFile, string>> = {
  source: 'VARCHAR',
  path: 'VARCHAR',
  bytes: 'BIGINT',
  modified: 'BIGINT',
  hash: 'VARCHAR',
  mark: 'VARCHAR',
  first: 'VARCHAR',
  declared: 'VARCHAR',
  drift: 'VARCHAR',
  batch: 'VARCHAR',
  generation: 'INTEGER',
  run: 'VARCHAR',
  cleared: 'INTEGER',
  logicalTime: 'BIGINT',
  gone: 'BOOLEAN',
  rowsIn: 'BIGINT',
  rowsWritten: 'BIGINT',
  rowsQuarantined: 'BIGINT',
  writtenAt: 'BIGINT',
  version: 'BIGINT',
}
const names = Object.keys(columns).map(quoteIdentifier).join(', ')

/**
 * From so many receipts on that no projection tells, the next one is made. The files of 100,000 receipts cost 4.5 s of processor time, of
 * their projection 1.4 s, of which 0.9 s make rows of JavaScript.
 */
const manyReceipts = 2_000

export interface FilesContext {
  readonly dataset: LakeDataset
  readonly connection: DuckConnection
  /** Told when a projection could not be kept; what was asked is answered all the same. */
  readonly onTrouble: (error: unknown) => void
}

/** A SELECT of `HeldFile`s of a source, and of each whether it is the one of its path. It reads the receipts of now. */
export async function filesSql(at: FilesContext, source: string): Promise<string> {
  const { dataset } = at
  try {
    for (const projection of [...(await projectionsOf(dataset)), undefined]) {
      const found = await newestFiles(at, projection)
      if (found === undefined) continue
      const files = await asSeenLast(at.connection, dataset, found)
      return withShown(`SELECT * FROM (${files}) WHERE source = ${quoteLiteral(source)}`)
    }
    return nothing
  } catch (thrown) {
    throw failureOf(thrown, `reading which files ${dataset.id} holds`)
  }
}

/**
 * Files come and go under one path, each with its batch: the one that is there is shown, or that went last. Few paths have had several, and
 * a window over all rows would hold all of them.
 */
const withShown = (files: string): string => `WITH files AS NOT MATERIALIZED (${files}), several AS (
    SELECT path, arg_max(batch, version + CASE WHEN gone THEN 0 ELSE 1::BIGINT << 52 END) AS batch FROM files GROUP BY path HAVING count(*) > 1)
  SELECT files.* EXCLUDE (source, version), several.batch IS NULL OR several.batch = files.batch AS shown
  FROM files LEFT JOIN several ON several.path = files.path`

const nothing = `SELECT ${Object.entries(columns)
  .filter(([name]) => name !== 'source' && name !== 'version')
  .map(([name, type]) => `NULL::${type} AS ${quoteIdentifier(name)}`)
  .join(', ')}, true AS shown WHERE false`

/**
 * All sources, a row for each batch. `undefined` where the projection is not one of this table, or cannot be read; without one, where the
 * table does not exist.
 */
async function newestFiles(at: FilesContext, projection: FilesProjection | undefined): Promise<string | undefined> {
  const { dataset, connection } = at
  const table = await openExisting(connection, tableStore(dataset))
  if (table === undefined) return undefined
  const { version } = await table.snapshot()
  const first = projection?.version ?? 0
  if (first > version) return undefined
  const fresh = await emptyStage(connection)
  let newest: { readonly version: number; readonly commit: string | undefined } | undefined
  let isOfTable = projection === undefined
  let receipts = 0
  for await (const entry of table.commits({ limit: version - first + 1 })) {
    newest ??= { version: entry.version, commit: commitId(entry) }
    if (entry.version === projection?.version) isOfTable = commitId(entry) === projection.commit
    else receipts += await stage(connection, fresh, everyReceiptIn(entry))
  }
  if (!isOfTable) return undefined
  const select = await newestOfEach(at, projection, fresh)
  if (select === undefined || receipts < manyReceipts || newest?.commit === undefined) return select
  const next = { version: newest.version, commit: newest.commit }
  try {
    await keepProjection(connection, dataset, next, `SELECT * FROM (${select}) ORDER BY source, path, batch`)
    return await projectionSql(connection, dataset, next)
  } catch (thrown) {
    at.onTrouble(thrown)
    return select
  }
}

async function newestOfEach(
  { connection, dataset }: FilesContext,
  projection: FilesProjection | undefined,
  fresh: string,
): Promise<string | undefined> {
  const newest = `QUALIFY row_number() OVER (PARTITION BY source, batch ORDER BY generation DESC, version DESC, place DESC) = 1`
  if (projection === undefined) return `SELECT ${names} FROM (SELECT * FROM ${fresh} ${newest})`
  const known = await projectionSql(connection, dataset, projection)
  const met = `SELECT ${names}, -1 AS place FROM (${known}) SEMI JOIN ${fresh} USING (source, batch)`
  try {
    await connection.columns(`SELECT ${names} FROM (${known})`)
  } catch {
    return undefined
  }
  return `SELECT ${names} FROM (SELECT ${names}, place FROM ${fresh} UNION ALL ${met}) ${newest}
    UNION ALL SELECT ${names} FROM (${known}) ANTI JOIN ${fresh} USING (source, batch)`
}

/** Values that one parameter carries. */
const atOnce = 5_000

/** `place`: of a receipt among those of its commit. */
const fields = { ...columns, place: 'BIGINT' }

/** A temporary table for receipts that tell of a file. */
async function emptyStage(connection: DuckConnection): Promise<string> {
  const table = quoteIdentifier(`_sluice_files_${randomUUID()}`)
  const shape = Object.entries(fields).map(([name, type]) => `${quoteIdentifier(name)} ${type}`)
  await connection.run(`CREATE TEMP TABLE ${table} (${shape.join(', ')})`)
  return table
}

/** @returns how many receipts there were, be they of files or not */
async function stage(connection: DuckConnection, table: string, receipts: readonly WrittenReceipt[]): Promise<number> {
  const rows = receipts.flatMap((receipt, place) => rowOf(receipt, place) ?? [])
  const form = quoteLiteral(JSON.stringify([fields]))
  for (let from = 0; from < rows.length; from += atOnce)
    await connection.run(`INSERT INTO ${table} SELECT unnest(from_json($1, ${form}), recursive := true)`, [
      JSON.stringify(rows.slice(from, from + atOnce)),
    ])
  return receipts.length
}

type Row = HeldFile & { readonly source: string; readonly version: number; readonly place: number }

/** A move says what its batch holds, and has no rows of its own. */
function rowOf({ file, ...receipt }: WrittenReceipt, place: number): Row | undefined {
  if (file === undefined) return undefined
  const { source, path, bytes, modified, hash, mark = null, first = null, declared = null, drift, cleared = 0, moved } = file
  const { batch, generation, run, logicalTime, reason, writtenAt, version } = receipt
  const { rowsIn, rowsWritten, rowsQuarantined } = moved ?? receipt
  const known = { source, path, bytes, modified, hash, mark, first, declared, drift: drift === undefined ? null : JSON.stringify(drift) }
  const told = { batch, generation, run, cleared, logicalTime, rowsIn, rowsWritten, rowsQuarantined, writtenAt, place }
  return { ...known, ...told, gone: reason !== null && moved === undefined, version: Number(version) }
}
