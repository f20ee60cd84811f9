import { createHash } from 'node:crypto'
import type { LogStore } from '@sluice/delta'
import { type DuckConnection, duckdbErrors } from '@sluice/duckdb'
import { layerStore, locationOf } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { fetched } from '../storage/fetch.ts'
import { readSql } from './formats.ts'
import { type GoldExport, readManifest } from './list.ts'
import { corrupt, type GoldManifest, schemaHashOf } from './manifest.ts'
import { fileOf } from './read.ts'

/** What was found of one export. */
export interface GoldVerdict {
  readonly version: string
  /** `null` when the manifest itself cannot be read. */
  readonly rows: number | null
  readonly bytes: number | null
  /** Empty when the export is whole. */
  readonly problems: readonly string[]
  /** Retention took its files: nothing is left to verify but the manifest. */
  readonly expired: boolean
}

/** Reads everything again: the manifest's checksum, each file's size and SHA-256, its rows and its columns. */
export async function verifyExport(connection: DuckConnection, of: GoldExport): Promise<GoldVerdict> {
  try {
    const manifest = await readManifest(of)
    const problems = of.expired ? [] : await problemsOf(connection, of, manifest)
    return {
      version: of.version,
      rows: manifest.rows,
      bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
      problems,
      expired: of.expired,
    }
  } catch (thrown) {
    if (!lakeErrors.corrupt.is(thrown)) throw thrown
    return { version: of.version, rows: null, bytes: null, problems: [thrown.message], expired: of.expired }
  }
}

/** @throws `lake.corrupt` for the first thing that is not as it was written. */
export async function requireWhole(connection: DuckConnection, of: GoldExport): Promise<GoldManifest> {
  const manifest = await readManifest(of)
  if (of.expired) throw corrupt(locationOf(of.dataset, of.path), 'retention took its files', { version: of.version })
  const [problem] = await problemsOf(connection, of, manifest)
  if (problem !== undefined) throw corrupt(locationOf(of.dataset, of.path), problem, { version: of.version })
  return manifest
}

async function problemsOf(connection: DuckConnection, of: GoldExport, manifest: GoldManifest): Promise<readonly string[]> {
  const problems: string[] = []
  if (schemaHashOf(manifest.columns) !== manifest.schemaHash) problems.push('the columns of the manifest do not have its schema hash')
  for (const file of manifest.files) {
    const path = fileOf(of, file.name)
    const store = layerStore(of.dataset)
    const found = (await store.stat(path))?.size
    if (found === undefined) problems.push(`the file ${file.name} is missing`)
    else if (found !== file.bytes) problems.push(`the file ${file.name} has ${found} bytes in place of ${file.bytes}`)
    else if ((await sha256Of(store, path, found)) !== file.sha256) problems.push(`the file ${file.name} does not have its checksum`)
    else {
      const [local = ''] = await fetched(connection, store, [path])
      problems.push(...(await contentProblems(connection, local, file.rows, manifest)))
    }
  }
  const counted = manifest.files.reduce((sum, { rows }) => sum + rows, 0)
  if (counted !== manifest.rows) problems.push(`the files hold ${counted} rows in place of ${manifest.rows}`)
  return problems
}

async function contentProblems(connection: DuckConnection, path: string, rows: number, { columns, format, schemaHash }: GoldManifest) {
  try {
    const select = readSql([path], columns, format)
    const counted = await connection.value<number>(`SELECT count(*) FROM (${select})`)
    const problems = counted === rows ? [] : [`${path} holds ${counted} rows in place of ${rows}`]
    const found = format === 'parquet' ? await connection.columns(`SELECT * FROM (${select})`) : columns
    return schemaHashOf(found) === schemaHash ? problems : [...problems, `${path} has other columns than the manifest`]
  } catch (thrown) {
    if (!duckdbErrors.failed.is(thrown)) throw thrown
    return [`${path} cannot be read: ${thrown.message.split('\n')[0]}`]
  }
}

const partBytes = 8 << 20

/** Of what the store has, whatever copy lies here. */
async function sha256Of(store: LogStore, path: string, size: number): Promise<string> {
  const hash = createHash('sha256')
  for (let offset = 0; offset < size; offset += partBytes)
    hash.update((await store.readBytes(path, { offset, length: Math.min(partBytes, size - offset) })) ?? new Uint8Array())
  return hash.digest('hex')
}
