import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HistoryEntry } from '@sluice/delta'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { temporaryFor } from '../bronze/temporary.ts'
import { type LakeDataset, layerStore } from '../dataset.ts'
import { fetched } from '../storage/fetch.ts'

/**
 * What receipts tell of files, up to a version of the table: `_files/<name>/<version>-<id of its commit>.parquet` of the layer. It saves
 * reading the whole log; the receipts are the truth, and whoever finds none makes it again.
 */
export interface FilesProjection {
  readonly version: number
  readonly commit: string
}

const folderOf = ({ name }: LakeDataset): string => `_files/${name}`
const pathOf = (dataset: LakeDataset, { version, commit }: FilesProjection): string =>
  `${folderOf(dataset)}/${String(version).padStart(20, '0')}-${commit}.parquet`

/** What makes a commit another one than that of a table of the same name. */
export function commitId({ commitInfo }: HistoryEntry): string | undefined {
  const { txnId } = commitInfo
  return typeof txnId === 'string' && /^[\w-]+$/.test(txnId) ? txnId : undefined
}

/** The newest first. */
export async function projectionsOf(dataset: LakeDataset): Promise<readonly FilesProjection[]> {
  const names = await layerStore(dataset).list(folderOf(dataset))
  const found = names.flatMap((name): FilesProjection[] => {
    const [, version, commit] = /^(\d{20})-([\w-]+)\.parquet$/.exec(name) ?? []
    return version === undefined || commit === undefined ? [] : [{ version: Number(version), commit }]
  })
  return found.toSorted((a, b) => b.version - a.version)
}

/** A SELECT of its rows. */
export async function projectionSql(connection: DuckConnection, dataset: LakeDataset, projection: FilesProjection): Promise<string> {
  const [file = ''] = await fetched(connection, layerStore(dataset), [pathOf(dataset, projection)])
  return `SELECT * FROM read_parquet(${quoteLiteral(file)})`
}

/** Those that a reader of a moment ago may still read. */
const kept = 2

export async function keepProjection(
  connection: DuckConnection,
  dataset: LakeDataset,
  projection: FilesProjection,
  select: string,
): Promise<void> {
  const store = layerStore(dataset)
  const { inLayer } = await temporaryFor(dataset, 'files')
  await store.makeFolder('_spool')
  await store.makeFolder(folderOf(dataset))
  const file = join(store.root, inLayer)
  try {
    await connection.run(`COPY (${select}) TO ${quoteLiteral(file)} (FORMAT parquet, COMPRESSION zstd)`)
    await store.adopt(inLayer, pathOf(dataset, projection))
  } finally {
    await rm(file, { force: true })
  }
  for (const old of (await projectionsOf(dataset)).slice(kept)) await store.delete(pathOf(dataset, old))
}
