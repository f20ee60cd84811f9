import { createHash } from 'node:crypto'
import { damaged } from './errors.ts'
import type { BackupKey } from './key.ts'
import { objectIn } from './object-in.ts'
import type { BackupPlace } from './place.ts'

/** The file that makes a folder a backup. It is written last and never over another: a folder without it is what a killed backup left. */
export const manifestName = 'manifest.json'

const hashOf = (text: string, key: BackupKey | undefined): string =>
  key === undefined ? createHash('sha256').update(text).digest('hex') : key.sign(text)

/** JSON whose last member proves everything before it: a SHA-256, or with a key an HMAC. */
export function manifestText(manifest: object, key: BackupKey | undefined): string {
  const body = JSON.stringify(manifest, null, 2)
  return `${body.slice(0, -2)},\n  "checksum": "${hashOf(body, key)}"\n}\n`
}

/** What a manifest says of itself, before there is a key to prove it. @throws `backup.damaged` for a text without its time */
export function peekManifest<Manifest>(text: string, path: string): Manifest {
  const found = objectIn(text)
  if (found === undefined || Number.isNaN(Date.parse(String(found.takenAt)))) throw damaged(path, 'is not as it was written')
  return found as Manifest
}

/** @throws `backup.damaged` for a text that is not as it was written */
function parseManifest<Manifest extends { readonly backup: number }>(text: string, path: string, key: BackupKey | undefined): Manifest {
  const split = /,\n {2}"checksum": "([0-9a-f]{64})"\n\}\n$/.exec(text)
  const body = split === null ? '' : `${text.slice(0, split.index)}\n}`
  if (split === null || hashOf(body, key) !== split[1]) throw damaged(path, 'is not as it was written')
  const manifest = JSON.parse(body) as Manifest
  if (manifest.backup !== 1) throw damaged(path, `is of a kind that is not known: ${String(manifest.backup)}`, 'Take a newer Sluice.')
  return manifest
}

/** @throws `backup.damaged` where it is not there or not as it was written */
export async function readManifest<Manifest extends { readonly backup: number }>(
  place: BackupPlace,
  key: BackupKey | undefined,
): Promise<Manifest> {
  const path = `${place.name}/${manifestName}`
  const text = await place.text(manifestName)
  if (text === undefined) throw damaged(path, 'is missing: this is not a backup, or one that was never finished')
  return parseManifest<Manifest>(text, path, key)
}
