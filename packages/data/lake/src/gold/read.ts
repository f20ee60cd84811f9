import { basename } from 'node:path'
import type { DuckConnection } from '@sluice/duckdb'
import { zoneOf } from '../paths.ts'
import { fetched } from '../storage/fetch.ts'
import { readSql } from './formats.ts'
import type { GoldExport } from './list.ts'
import type { GoldColumn, GoldManifest } from './manifest.ts'

/** A file of an export, in the zone. */
export const fileOf = (of: GoldExport, name: string): string => `${of.folder}/${basename(name)}`

/** The rows of an export as one SELECT. */
export async function exportSelect(connection: DuckConnection, of: GoldExport, { files, columns, format }: GoldManifest): Promise<string> {
  const paths = files.map(({ name }) => fileOf(of, name))
  return readSql(await fetched(connection, zoneOf(of.place), paths), columns, format)
}

export async function columnsOf(connection: DuckConnection, select: string): Promise<readonly GoldColumn[]> {
  const rows = await connection.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${select}`)
  return rows.map(({ column_name, column_type }) => ({ name: column_name, type: column_type }))
}
