import { basename } from 'node:path'
import { type LakeLayer, lakeLayers } from '@sluice/core'
import { type DuckConnection, fileList } from '@sluice/duckdb'
import {
  batchesSuffix,
  isOfDataset,
  type LakeDataset,
  lakeDataset,
  layerPath,
  layerStore,
  quarantineSuffix,
  tableStore,
} from '../dataset.ts'
import { exportAt, exportsOf, logicalTimeOf, manifestOf } from '../gold/list.ts'
import { openExisting } from '../silver/open.ts'
import type { LakeStorage } from '../storage/storage.ts'
import { countedFiles, isLanded } from './scan.ts'

export interface LakeTable {
  /** Full dataset id. */
  readonly dataset: string
  readonly layer: LakeLayer
  readonly name: string
  readonly kind: 'bronze' | 'table' | 'batches' | 'quarantine' | 'export'
  /** `null` when a file of another writer tells no count. */
  readonly rows: number | null
  readonly files: number
  readonly bytes: number
  /** Bronze: name of the newest file. Tables: Delta version. Exports: logical time, batch and generation of the newest. */
  readonly version: string
  /** When that version was written, epoch milliseconds. */
  readonly writtenAt: number
}

/** Every dataset of the project's lake, by layer and name. Reads footers and logs, never rows. */
export async function listTables(connection: DuckConnection, storage: LakeStorage, project: string): Promise<readonly LakeTable[]> {
  const tables: LakeTable[] = []
  for (const layer of lakeLayers) {
    for (const name of await storage.folders(layerPath({ project, layer }))) {
      if (!isOfDataset(name)) continue
      const dataset = lakeDataset(storage, project, `${layer}.${name}`)
      const table = layer === 'bronze' ? await bronzeTable(connection, dataset) : await deltaTable(connection, dataset)
      if (table !== undefined) tables.push(table)
    }
  }
  return tables
}

async function bronzeTable(connection: DuckConnection, dataset: LakeDataset): Promise<LakeTable | undefined> {
  const facts = new Map((await layerStore(dataset).walk(dataset.name)).map((file) => [file.path, file]))
  const paths = countedFiles(dataset, [...facts.keys()].filter(isLanded)).map((file) => file.path)
  const newest = paths.at(-1)
  if (newest === undefined) return undefined
  await using footers = await dataset.storage.footers(layerPath(dataset), paths)
  const rows = await connection.value<number>(`SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(${fileList(footers.files)})`)
  return {
    dataset: dataset.id,
    layer: 'bronze',
    name: dataset.name,
    kind: 'bronze',
    rows,
    files: paths.length,
    bytes: paths.reduce((sum, path) => sum + (facts.get(path)?.size ?? 0), 0),
    version: basename(newest),
    writtenAt: facts.get(newest)?.modifiedMs ?? 0,
  }
}

async function deltaTable(connection: DuckConnection, dataset: LakeDataset): Promise<LakeTable | undefined> {
  const { layer, name } = dataset
  const snapshot = await (await openExisting(connection, tableStore(dataset)))?.snapshot()
  if (snapshot === undefined) return layer === 'gold' ? await exportTable(dataset) : undefined
  return {
    dataset: dataset.id,
    layer,
    name,
    kind: name.endsWith(quarantineSuffix) ? 'quarantine' : name.endsWith(batchesSuffix) ? 'batches' : 'table',
    rows: snapshot.numRecords ?? null,
    files: snapshot.files.length,
    bytes: snapshot.bytes,
    version: String(snapshot.version),
    writtenAt: snapshot.timestampMs,
  }
}

/** The rows of the newest export; files and bytes of all of them. */
async function exportTable(dataset: LakeDataset): Promise<LakeTable | undefined> {
  const newest = await exportAt(dataset, {})
  if (newest === undefined) return undefined
  const manifests = await Promise.all((await exportsOf(dataset)).map(manifestOf))
  const files = manifests.flatMap((manifest) => manifest?.files ?? [])
  const manifest = await manifestOf(newest)
  return {
    dataset: dataset.id,
    layer: 'gold',
    name: dataset.name,
    kind: 'export',
    rows: manifest?.rows ?? null,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    version: newest.version,
    writtenAt: manifest?.receipt.writtenAt ?? logicalTimeOf(newest.stem),
  }
}
