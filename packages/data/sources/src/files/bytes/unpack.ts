import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Compression } from '@sluice/author'
import { unreachable } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import type { FileAtHand } from '../reader.ts'
import { type ExpansionLimits, expansionLimits, judgedBeyond } from './limits.ts'

const pieceBytes = 256 * 1024

/**
 * The bytes of a file, unpacked as they are read. Each form of packing ends with its own proof of being whole, which is asked for.
 * @throws `file.damaged` for a file cut off, damaged, or packed in another way; `file.limit`
 */
export async function* unpacked(
  file: FileAtHand,
  compression: Compression,
  limits: ExpansionLimits = expansionLimits,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0
  for await (const piece of piecesOf(file, compression)) {
    bytes += piece.length
    if (compression !== 'none') refuseBomb(file, compression, bytes, limits)
    yield piece
  }
}

function piecesOf(file: FileAtHand, compression: Compression): AsyncIterable<Buffer> {
  switch (compression) {
    case 'none':
      return createReadStream(file.path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>
    case 'gzip':
    case 'zstd':
      return streams(file, compression)
    case 'bzip2':
    case 'zip':
      throw fileErrors.unsupported(`${file.name}: the file is packed by ${compression}`, {
        facts: { file: file.name, compression },
        next: 'Unpack it, or pack it by gzip or zstd.',
      })
    default:
      return unreachable(compression)
  }
}

/** Streams one behind the other are one file: zlib reads those of gzip by itself, those of Zstandard are read one by one (RFC 8878, 3). */
async function* streams(file: FileAtHand, compression: 'gzip' | 'zstd'): AsyncGenerator<Buffer, void, undefined> {
  for (let start = 0; start < file.bytes || start === 0; ) {
    const unpacking = compression === 'gzip' ? createGunzip({ chunkSize: pieceBytes }) : createZstdDecompress({ chunkSize: pieceBytes })
    const packed = createReadStream(file.path, { start, highWaterMark: pieceBytes })
    pipeline(packed, unpacking, () => undefined)
    try {
      yield* unpacking as AsyncIterable<Buffer>
    } catch (cause) {
      throw damaged(file, compression, (cause as Error).message, cause)
    } finally {
      packed.destroy()
    }
    start += unpacking.bytesWritten
    if (compression === 'gzip') return await refuseMoreThanZeros(file, start)
  }
}

/** Tapes and disks fill the rest of their last block with zeros (RFC 1952 has nothing on it, gzip allows it); other bytes are lost data. */
async function refuseMoreThanZeros(file: FileAtHand, start: number): Promise<void> {
  if (start >= file.bytes) return
  for await (const piece of createReadStream(file.path, { start }) as AsyncIterable<Buffer>)
    if (piece.some((byte) => byte !== 0)) throw damaged(file, 'gzip', `it goes on behind its end, at byte ${start + 1}`)
}

function refuseBomb(file: FileAtHand, compression: Compression, bytes: number, limits: ExpansionLimits): void {
  const { maxBytes, maxRatio } = limits
  if (bytes > maxBytes) throw tooLarge(file, compression, `more than ${maxBytes} bytes`, limits)
  if (bytes > judgedBeyond && bytes > file.bytes * maxRatio)
    throw tooLarge(file, compression, `more than ${maxRatio} times its ${file.bytes} bytes`, limits)
}

const tooLarge = (file: FileAtHand, compression: Compression, what: string, limits: ExpansionLimits) =>
  fileErrors.limit(`${file.name}: by ${compression} it unpacks to ${what}`, {
    facts: { file: file.name, compression, ...limits },
    next: 'Unpack it by hand and look at it. If it is what it should be, pull the unpacked file.',
  })

const damaged = (file: FileAtHand, compression: Compression, why: string, cause?: unknown) =>
  fileErrors.damaged(`${file.name}: the ${compression} file is cut off or damaged: ${why}`, {
    cause,
    facts: { file: file.name, compression },
    next: 'Fetch the file again from where it comes from.',
  })
