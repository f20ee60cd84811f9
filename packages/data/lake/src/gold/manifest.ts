import type { ExportFormat } from '@sluice/author'
import { hashText, type SluiceError } from '@sluice/core'
import { lakeErrors } from '../errors.ts'
import type { StoredReceipt } from '../receipt.ts'

/** Of a file that was put as it is. */
export type MediaType = `${string}/${string}`

export interface GoldColumn {
  readonly name: string
  /** DuckDB's name of the type. */
  readonly type: string
}

export interface GoldFile {
  /** Beside the manifest. */
  readonly name: string
  readonly rows: number
  readonly bytes: number
  /** Hexadecimal, of the file's bytes. */
  readonly sha256: string
}

/**
 * What one export holds and where it came from. It is written last and never over another: an export is there when its manifest is, and
 * data files that no manifest names are nobody's.
 */
export interface GoldManifest {
  readonly manifest: 1
  /** Full dataset id. */
  readonly dataset: string
  readonly batch: string
  readonly generation: number
  /** ISO-8601. */
  readonly logicalTime: string
  /** ISO-8601. */
  readonly createdAt: string
  /** Of its rows, or the media type of a file that was put as it is and counts as one row. */
  readonly format: ExportFormat | MediaType
  readonly rows: number
  readonly columns: readonly GoldColumn[]
  /** SHA-256 over the columns' names and types in their order. */
  readonly schemaHash: string
  /** The versions that were read; none for rows that were handed in. */
  readonly sources: readonly { readonly dataset: string; readonly version: string }[]
  readonly files: readonly GoldFile[]
  readonly receipt: StoredReceipt
}

export const schemaHashOf = (columns: readonly GoldColumn[]): string =>
  hashText(JSON.stringify(columns.map(({ name, type }) => [name, type])))

/** JSON text whose last member is the SHA-256 of everything before it. */
export function manifestText(manifest: GoldManifest): string {
  const body = JSON.stringify(manifest, null, 2)
  return `${body.slice(0, -2)},\n  "checksum": "${hashText(body)}"\n}\n`
}

/** @throws `lake.corrupt` for text that is not a manifest, or not as it was written. */
export function parseManifest(text: string, path: string): GoldManifest {
  const split = /,\n {2}"checksum": "([0-9a-f]{64})"\n\}\n$/.exec(text)
  const body = split === null ? '' : `${text.slice(0, split.index)}\n}`
  if (split === null || hashText(body) !== split[1]) throw corrupt(path, 'the manifest is not as it was written')
  const manifest = JSON.parse(body) as GoldManifest
  if (manifest.manifest !== 1) throw corrupt(path, `manifests of kind ${String(manifest.manifest)} are not known`)
  return manifest
}

export const corrupt = (path: string, what: string, facts: Readonly<Record<string, unknown>> = {}): SluiceError =>
  lakeErrors.corrupt(`${path}: ${what}`, {
    facts: { path, ...facts },
    next: 'Restore the file from a backup, or export again: sluice lake verify shows which exports are whole.',
  })
