import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileFact } from '@sluice/core'
import { type DuckConnection, fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { temporaryFor } from '../bronze/temporary.ts'
import { type LakeDataset, layerStore } from '../dataset.ts'
import { fetched } from '../storage/fetch.ts'

/**
 * A file whose bytes were compared, and are those that its receipt tells, although its time or its mark is another one: as after `touch`,
 * `chmod` or a copy of the whole folder. It lies beside the table (`_files/<name>/same/`), so that such a file is read once for it, and may
 * be deleted at any moment.
 */
export type SameFile = Pick<FileFact, 'path' | 'hash' | 'bytes' | 'modified' | 'mark'>

const form = { source: 'VARCHAR', path: 'VARCHAR', hash: 'VARCHAR', bytes: 'BIGINT', modified: 'BIGINT', mark: 'VARCHAR', turn: 'BIGINT' }
const folderOf = ({ name }: LakeDataset): string => `_files/${name}/same`

const namesOf = async (dataset: LakeDataset): Promise<readonly string[]> =>
  (await layerStore(dataset).list(folderOf(dataset))).filter((name) => /^[\w-]+\.parquet$/.test(name))

/** A SELECT of what is kept of each path, the newest; `undefined` where nothing is. */
async function keptSql(connection: DuckConnection, dataset: LakeDataset, names: readonly string[]): Promise<string | undefined> {
  if (names.length === 0) return undefined
  const files = await fetched(
    connection,
    layerStore(dataset),
    names.map((name) => `${folderOf(dataset)}/${name}`),
  )
  return `SELECT * FROM read_parquet(${fileList(files)}) QUALIFY row_number() OVER (PARTITION BY source, path ORDER BY turn DESC) = 1`
}

/** Files as they were seen last with the bytes that their receipts tell, in the place of how those saw them. */
export async function asSeenLast(connection: DuckConnection, dataset: LakeDataset, files: string): Promise<string> {
  const kept = await keptSql(connection, dataset, await namesOf(dataset))
  if (kept === undefined) return files
  const select = `SELECT f.* REPLACE (coalesce(s.modified, f.modified) AS modified, CASE WHEN s.path IS NULL THEN f.mark ELSE s.mark END AS mark)
    FROM (${files}) f LEFT JOIN (${kept}) s ON s.source = f.source AND s.path = f.path AND s.hash = f.hash AND s.bytes = f.bytes`
  try {
    await connection.columns(select)
    return select
  } catch {
    // Of another form, or damaged: what it saves is not worth a failure.
    return files
  }
}

/** Values that one parameter carries. */
const atOnce = 5_000

/** Keeps them with those before in one file. Of two writers at once one may lose its part: the next pull compares again. */
export async function keepSame(
  connection: DuckConnection,
  dataset: LakeDataset,
  source: string,
  same: readonly SameFile[],
  turn: number,
): Promise<void> {
  const store = layerStore(dataset)
  const before = await namesOf(dataset)
  const kept = await keptSql(connection, dataset, before).catch(() => undefined)
  const columns = Object.keys(form).join(', ')
  const table = quoteIdentifier(`_sluice_same_${randomUUID()}`)
  const shape = Object.entries(form).map(([name, type]) => `${name} ${type}`)
  await connection.run(`CREATE TEMP TABLE ${table} (${shape.join(', ')})`)
  for (let from = 0; from < same.length; from += atOnce) {
    const rows = same.slice(from, from + atOnce).map(({ mark = null, ...file }) => ({ ...file, mark, source, turn }))
    await connection.run(
      `INSERT INTO ${table} SELECT ${columns} FROM (SELECT unnest(from_json($1, ${quoteLiteral(JSON.stringify([form]))}), recursive := true))`,
      [JSON.stringify(rows)],
    )
  }
  const added = `SELECT ${columns} FROM ${table}`
  const all = kept === undefined ? added : `SELECT ${columns} FROM (${kept}) UNION ALL ${added}`
  const { inLayer } = await temporaryFor(dataset, 'files')
  await store.makeFolder('_spool')
  await store.makeFolder(folderOf(dataset))
  const file = join(store.root, inLayer)
  try {
    await connection.run(
      `COPY (SELECT * FROM (${all}) QUALIFY row_number() OVER (PARTITION BY source, path ORDER BY turn DESC) = 1)
      TO ${quoteLiteral(file)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    await store.adopt(inLayer, `${folderOf(dataset)}/${randomUUID()}.parquet`)
  } finally {
    await rm(file, { force: true })
  }
  for (const old of before) await store.delete(`${folderOf(dataset)}/${old}`)
}
