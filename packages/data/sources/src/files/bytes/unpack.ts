import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Compression } from '@sluice/author'
import { isSluiceError, unreachable } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import { openFile } from '../folder/open-file.ts'
import { naming } from '../naming.ts'
import type { FileAtHand } from '../reader.ts'
import { Bzip2Fault, bunzip2 } from './bzip2.ts'
import { type ExpansionLimits, expansionLimits, judgedBeyond } from './limits.ts'
import { openZip, type ZipPart } from './zip.ts'

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
      return piecesFrom(file, 0)
    case 'gzip':
    case 'zstd':
      return streams(file, compression)
    case 'bzip2':
      return fromBzip2(file)
    case 'zip':
      return fromZip(file)
    default:
      return unreachable(compression)
  }
}

const streamFrom = async ({ path }: FileAtHand, start: number) =>
  (await openFile(path)).createReadStream({ start, highWaterMark: pieceBytes })

async function* piecesFrom(file: FileAtHand, start: number): AsyncGenerator<Buffer, void, undefined> {
  yield* (await streamFrom(file, start)) as AsyncIterable<Buffer>
}

async function* fromBzip2(file: FileAtHand): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* bunzip2(piecesFrom(file, 0))
  } catch (thrown) {
    throw thrown instanceof Bzip2Fault ? damaged(file, 'bzip2', thrown.message, thrown) : thrown
  }
}

async function* fromZip(file: FileAtHand): AsyncGenerator<Buffer, void, undefined> {
  try {
    await using zip = await openZip(file.path)
    yield* zip.pieces(onlyMember([...zip.parts.values()]))
  } catch (thrown) {
    throw isSluiceError(thrown) ? naming(file.name, thrown) : damaged(file, 'zip', (thrown as Error).message, thrown)
  }
}

/** The name of the one file in a zip. @throws `file.damaged`, `file.unsupported` where there is another number of files */
export async function memberName(file: Pick<FileAtHand, 'path' | 'name'>): Promise<string> {
  try {
    await using zip = await openZip(file.path)
    return onlyMember([...zip.parts.values()]).name
  } catch (thrown) {
    throw isSluiceError(thrown) ? naming(file.name, thrown) : thrown
  }
}

/** The member of a zip that has one, folders aside, and what macOS puts beside each file. */
function onlyMember(parts: readonly ZipPart[]): ZipPart {
  const members = parts.filter(({ name }) => !name.endsWith('/') && !name.startsWith('__MACOSX/'))
  const [member, ...others] = members
  if (member === undefined) throw fileErrors.damaged('the zip has no file in it', { next: 'Ask for the file again.' })
  if (others.length === 0) return member
  throw fileErrors.unsupported(`the zip holds ${members.length} files, where one is read`, {
    facts: { members: members.slice(0, 20).map(({ name }) => name) },
    next: 'Unpack it, and pull the files that are meant.',
  })
}

/** Streams one behind the other are one file: zlib reads those of gzip by itself, those of Zstandard are read one by one (RFC 8878, 3). */
async function* streams(file: FileAtHand, compression: 'gzip' | 'zstd'): AsyncGenerator<Buffer, void, undefined> {
  for (let start = 0; start < file.bytes || start === 0; ) {
    const unpacking = compression === 'gzip' ? createGunzip({ chunkSize: pieceBytes }) : createZstdDecompress({ chunkSize: pieceBytes })
    const packed = await streamFrom(file, start)
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
  for await (const piece of piecesFrom(file, start))
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
