import { basename } from 'node:path'
import type { DuckConnection } from '@sluice/duckdb'
import { exportAt } from '../gold/list.ts'
import { placeOf, tableOf } from '../paths.ts'
import { bronzeFiles, type ScanOptions, scanDataset } from '../read/scan.ts'
import { openExisting } from '../silver/open.ts'
import type { LakeStorage } from '../storage/storage.ts'
import { compileSql } from './compile.ts'

export interface Pinned {
  /** One SELECT for the connection. */
  readonly select: string
  /** The version of each dataset that it reads: a Delta version, the newest bronze file, an export. */
  readonly sources: readonly { readonly dataset: string; readonly version: string }[]
}

/** A query of the lake with the versions that its names mean now. Files named by path, and folders that others write, have none. */
export async function pinSql(
  at: { readonly storage: LakeStorage; readonly project: string; readonly connection: DuckConnection },
  sql: string,
): Promise<Pinned> {
  const sources: { dataset: string; version: string }[] = []
  const scan = async (project: string, dataset: string, options: ScanOptions): Promise<string> => {
    const place = placeOf(at.storage, project, dataset)
    if (place.layer === 'bronze') {
      const newest = (await bronzeFiles(place)).at(-1)
      if (newest !== undefined) sources.push({ dataset: place.dataset, version: basename(newest.path) })
      return await scanDataset(at.connection, place, options)
    }
    const table = await openExisting(at.connection, tableOf(place))
    if (table === undefined) {
      const found = await exportAt(place, { timestamp: options.timestamp })
      if (found !== undefined) sources.push({ dataset: place.dataset, version: found.version })
      return await scanDataset(at.connection, place, options)
    }
    const { version, timestamp } = options
    const pinned = version ?? (await table.snapshot(timestamp === undefined ? {} : { timestamp })).version
    sources.push({ dataset: place.dataset, version: String(pinned) })
    return await scanDataset(at.connection, place, { version: pinned })
  }
  return { select: await compileSql({ ...at, scan }, sql), sources }
}
