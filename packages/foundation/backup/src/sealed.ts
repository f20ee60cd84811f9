import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { damaged } from './errors.ts'
import type { BackupKey } from './key.ts'

/**
 * A file that only the key opens: a mark, a random salt, then chunks under AES-256-GCM. The key is that of the salt, so that the number of
 * the chunk may be its nonce; the last chunk says so in its nonce, so that a file that was cut is noticed, and no chunk can take the place
 * of another (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
 */
const mark = Buffer.from('SLUICE-SEALED-1\n')
const saltBytes = 16
const tagBytes = 16
export const chunkBytes = 1 << 20

export async function* sealed(source: AsyncIterable<Buffer>, key: BackupKey): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes)
  const own = key.forFile(salt)
  yield Buffer.concat([mark, salt])
  let number = 0
  let waiting: Buffer | undefined
  for await (const chunk of inPieces(source, chunkBytes)) {
    if (waiting !== undefined) yield seal(own, number++, false, waiting)
    waiting = chunk
  }
  yield seal(own, number, true, waiting ?? Buffer.alloc(0))
}

/** @throws `backup.damaged` at the first chunk that is not as it was written */
export async function* opened(source: AsyncIterable<Buffer>, key: BackupKey, path: string): AsyncGenerator<Buffer> {
  const pieces = inPieces(source, chunkBytes + tagBytes, mark.length + saltBytes)
  const head = (await pieces.next()).value
  if (head === undefined || !head.subarray(0, mark.length).equals(mark)) throw damaged(path, 'is not an encrypted file of a backup')
  const own = key.forFile(head.subarray(mark.length))
  let number = 0
  let waiting: Buffer | undefined
  for await (const piece of pieces) {
    if (waiting !== undefined) yield open(own, number++, false, waiting, path)
    waiting = piece
  }
  if (waiting === undefined) throw damaged(path, 'was cut')
  yield open(own, number, true, waiting, path)
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(number, 7)
  bytes[11] = last ? 1 : 0
  return bytes
}

function seal(key: Buffer, number: number, last: boolean, chunk: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(number, last))
  return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
}

function open(key: Buffer, number: number, last: boolean, piece: Buffer, path: string): Buffer {
  if (piece.length < tagBytes) throw damaged(path, 'was cut')
  const cipher = createDecipheriv('aes-256-gcm', key, nonce(number, last))
  cipher.setAuthTag(piece.subarray(piece.length - tagBytes))
  const plain = cipher.update(piece.subarray(0, piece.length - tagBytes))
  try {
    return Buffer.concat([plain, cipher.final()])
  } catch {
    throw damaged(path, `is not as it was written (chunk ${number + 1}): a byte was changed, or the file was cut`)
  }
}

/** Pieces of one size, the last one smaller; the first one of another size, where it is given. */
export async function* inPieces(source: AsyncIterable<Buffer>, size: number, first = size): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let [bytes, want] = [0, first]
  for await (const part of source) {
    parts.push(part)
    bytes += part.length
    if (bytes < want) continue
    let all = Buffer.concat(parts)
    while (all.length >= want) {
      yield all.subarray(0, want)
      all = all.subarray(want)
      want = size
    }
    parts = [all]
    bytes = all.length
  }
  if (bytes > 0) yield Buffer.concat(parts)
}
