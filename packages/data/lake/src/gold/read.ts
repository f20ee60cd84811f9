import { basename } from 'node:path'
import type { DuckConnection } from '@sluice/duckdb'
import { layerStore } from '../dataset.ts'
import { fetched } from '../storage/fetch.ts'
import { readSql } from './formats.ts'
import type { GoldExport } from './list.ts'
import type { GoldManifest } from './manifest.ts'

/** A file of an export, in the layer. */
export const fileOf = (of: GoldExport, name: string): string => `${of.folder}/${basename(name)}`

/** The rows of an export as one SELECT. */
export async function exportSelect(connection: DuckConnection, of: GoldExport, { files, columns, format }: GoldManifest): Promise<string> {
  const paths = files.map(({ name }) => fileOf(of, name))
  return readSql(await fetched(connection, layerStore(of.dataset), paths), columns, format)
}
