import type { DuckConnection } from '@sluice/duckdb'
import { lakeDataset } from '../dataset.ts'
import type { Pinned } from '../pinned.ts'
import { type ScanOptions, scanStored } from '../read/scan.ts'
import type { LakeStorage } from '../storage/storage.ts'
import { compileSql } from './compile.ts'

/** A query of the lake with the versions that its names mean now. Files named by path, and folders that others write, have none. */
export async function pinSql(
  at: {
    readonly storage: LakeStorage
    readonly project: string
    readonly connection: DuckConnection
    readonly readable?: readonly string[]
  },
  sql: string,
): Promise<Pinned> {
  const sources: { dataset: string; version: string }[] = []
  const scan = async (project: string, dataset: string, options: ScanOptions): Promise<string> => {
    const { select, version, ...of } = await scanStored(at.connection, lakeDataset(at.storage, project, dataset), options)
    if (version !== undefined) sources.push({ dataset: of.dataset, version })
    return select
  }
  return { select: await compileSql({ ...at, scan }, sql), sources }
}
