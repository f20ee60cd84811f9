import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FileAtHand } from '../reader.ts'
import { changedFile } from './disk-faults.ts'
import type { Folder, FolderEntry } from './folder.ts'
import { piecesOf } from './pieces.ts'
import { isSameFile } from './readiness.ts'

/** A file for a reader, and what its bytes are known by. A copy goes when it is disposed of. */
export interface TakenFile extends FileAtHand, AsyncDisposable {
  /** SHA-256, hexadecimal. */
  readonly hash: string
}

export interface TakeOptions {
  /** Copies lie there; the caller takes the folder away. */
  readonly workFolder: string
  /** Whether a copy is read also of a file on this machine: for one that others may write to meanwhile. */
  readonly copy?: boolean
  readonly signal?: AbortSignal
}

/**
 * Hashes a file, and brings it to this machine where it is not.
 * @throws `file.changed` when it is not the file that was listed; `file.missing`, `file.unreadable`
 */
export async function takeFile(folder: Folder, entry: FolderEntry, { workFolder, copy = false, signal }: TakeOptions): Promise<TakenFile> {
  const there = copy ? undefined : await folder.whereOnDisk(entry.path)
  const path = there ?? join(workFolder, `${randomUUID()}${extname(entry.path)}`)
  const remove = async (): Promise<void> => (there === undefined ? await rm(path, { force: true }) : undefined)
  try {
    if (there === undefined) await mkdir(workFolder, { recursive: true })
    const pieces = there === undefined ? folder.read(entry.path) : piecesOf(there, entry)
    const { hash, bytes } = await hashed(pieces, there === undefined ? path : undefined, signal)
    // One that has grown has another size by now.
    const now = await folder.look(entry.path)
    if (bytes !== entry.bytes || now === undefined || !isSameFile(now, entry)) throw changedFile(there ?? `${folder.name}/${entry.path}`)
    return { path, name: entry.path, bytes, hash, [Symbol.asyncDispose]: remove }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}

/** SHA-256 of the bytes as they come, and a copy of them where one is wanted. */
async function hashed(
  pieces: AsyncIterable<Uint8Array>,
  copyTo: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly hash: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  const copy = copyTo === undefined ? undefined : await open(copyTo, 'wx')
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted()
      hash.update(piece)
      bytes += piece.length
      await copy?.writeFile(piece)
    }
  } finally {
    await copy?.close()
  }
  return { hash: hash.digest('hex'), bytes }
}
