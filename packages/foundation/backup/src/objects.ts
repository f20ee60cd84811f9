import { createHash } from 'node:crypto'
import { damaged } from './errors.ts'
import { type BackupFile, readBackupFile, writeBackupFile } from './file.ts'
import type { BackupKey } from './key.ts'
import type { BackupPlace } from './place.ts'

/** A file among many, kept under its content: what two backups have alike lies there once. */
export interface SavedObject {
  /** Where it was, relative to its tree, with `/`. */
  readonly path: string
  /** Of what it holds, in bytes. */
  readonly size: number
  /** Epoch milliseconds: a file of the same size and time is not read again. */
  readonly modifiedMs: number
  /** Hexadecimal, of what it holds. */
  readonly sha256: string
  /** As it lies in the place. */
  readonly stored: BackupFile
}

export interface ObjectForm {
  /** Of all backups. */
  readonly place: BackupPlace
  readonly key?: BackupKey | undefined
}

/** The name of an object tells nothing of its content where it is encrypted. */
const pathOf = (sha256: string, key: BackupKey | undefined): string => {
  const name = key === undefined ? sha256 : key.sign(sha256)
  return `objects/${name.slice(0, 2)}/${name}`
}

/** Keeps a file that can be read twice: its hash comes first, and what is there already is not written again. */
export async function saveObject(
  { place, key }: ObjectForm,
  file: Pick<SavedObject, 'path' | 'modifiedMs'>,
  read: () => AsyncIterable<Buffer>,
): Promise<{ readonly object: SavedObject; readonly written: boolean }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of read()) {
    hash.update(chunk)
    size += chunk.length
  }
  const sha256 = hash.digest('hex')
  const path = pathOf(sha256, key)
  const bytes = key === undefined ? await place.size(path) : undefined
  if (bytes === size) return { object: { ...file, size, sha256, stored: { path, bytes, sha256, plainBytes: size } }, written: false }
  const stored = await writeBackupFile({ place, key, packed: false }, path, read())
  return { object: { ...file, size, sha256, stored }, written: true }
}

/** What a file held. @throws `backup.damaged` at its end, naming the file, where it is not as it was saved */
export async function* readObject({ place, key }: ObjectForm, { path, sha256, stored }: SavedObject): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of readBackupFile({ place, key, packed: false }, stored)) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.digest('hex') !== sha256) throw damaged(`${place.name}/${stored.path}`, `is not what ${path} held`)
}

/** Objects that no backup names any more go. Only while no other backup is made there. @returns how many */
export async function sweepObjects(place: BackupPlace, named: ReadonlySet<string>): Promise<number> {
  let gone = 0
  for (const folder of await place.list('objects'))
    for (const name of await place.list(`objects/${folder.replace(/\/$/, '')}`)) {
      const path = `objects/${folder}${name}`
      if (named.has(path)) continue
      await place.remove(path)
      gone++
    }
  return gone
}
