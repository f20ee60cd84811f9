import type { FileHandle } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'
import { fileErrors } from '../../errors.ts'
import { openFile } from '../folder/open-file.ts'
import { type ExpansionLimits, expansionLimits, judgedBeyond } from './limits.ts'

/** A ZIP file (PKWARE APPNOTE 4.3), by its directory. Its parts are read one by one, in pieces. */
export interface Zip extends AsyncDisposable {
  readonly parts: ReadonlyMap<string, ZipPart>
  /** @throws `file.damaged` where the part is not what the directory says of it, `file.encrypted`, `file.unsupported` */
  pieces(part: ZipPart): AsyncGenerator<Buffer, void, undefined>
}

export interface ZipPart {
  readonly name: string
  readonly at: number
  readonly packed: number
  readonly bytes: number
  readonly method: number
  readonly crc: number
  readonly isEncrypted: boolean
}

const mostParts = 100_000
const longestDirectory = 67_108_864

/** Its errors do not name the file: who opens it does. @throws `file.damaged`, `file.limit` by what its directory says */
export async function openZip(path: string, { maxBytes, maxRatio }: ExpansionLimits = expansionLimits): Promise<Zip> {
  const file = await openFile(path)
  try {
    const { size } = await file.stat()
    const parts = await directoryOf(file, size)
    const bytes = [...parts.values()].reduce((sum, part) => sum + part.bytes, 0)
    if (bytes > maxBytes || (bytes > judgedBeyond && bytes > size * maxRatio)) throw bomb(size, bytes)
    return { parts, pieces: (part) => piecesOf(file, part), [Symbol.asyncDispose]: () => file.close() }
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

async function at(file: FileHandle, place: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, place)
  if (bytesRead < length) throw cutOff()
  return buffer
}

/** The end of the directory stands within the last 64 KB, and tells where the directory is (APPNOTE.TXT 4.3.16). */
async function directoryOf(file: FileHandle, size: number): Promise<ReadonlyMap<string, ZipPart>> {
  const tailBytes = Math.min(size, 65_557)
  const tail = await at(file, size - tailBytes, tailBytes)
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06'))
  if (end < 0 || end + 22 > tail.length) throw cutOff()
  let [count, length, place] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  const locator = end - 20
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const large = await at(file, Number(tail.readBigUInt64LE(locator + 8)), 56)
    ;[count, length, place] = [32, 40, 48].map((offset) => Number(large.readBigUInt64LE(offset))) as [number, number, number]
  }
  if (count > mostParts) throw fileErrors.limit(`it holds ${count} parts`, { facts: { parts: count }, next: lookAtIt })
  if (length > size || length > longestDirectory || place > size) throw cutOff()
  const directory = await at(file, place, length)
  const parts = new Map<string, ZipPart>()
  let offset = 0
  for (let index = 0; index < count; index++) {
    if (offset + 46 > directory.length || directory.readUInt32LE(offset) !== 0x02014b50) throw cutOff()
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => directory.readUInt16LE(offset + field)) as [
      number,
      number,
      number,
    ]
    const nameEnd = offset + 46 + nameBytes
    const name = directory.toString('utf8', offset + 46, nameEnd).replaceAll('\\', '/')
    const extra = directory.subarray(nameEnd, nameEnd + extraBytes)
    const [bytes, packed, place] = sizesOf(
      directory.readUInt32LE(offset + 24),
      directory.readUInt32LE(offset + 20),
      directory.readUInt32LE(offset + 42),
      extra,
    )
    const [flags, method] = [directory.readUInt16LE(offset + 8), directory.readUInt16LE(offset + 10)]
    if (parts.has(name)) throw twice(name)
    parts.set(name, { name, at: place, packed, bytes, method, crc: directory.readUInt32LE(offset + 16), isEncrypted: (flags & 1) !== 0 })
    offset = nameEnd + extraBytes + commentBytes
  }
  // More parts than it counts: each of them may be the one that is meant.
  if (offset + 4 <= directory.length && directory.readUInt32LE(offset) === 0x02014b50) throw cutOff()
  return parts
}

/** Sizes and place that do not fit 32 bits stand in the extra field 1, in this order. */
function sizesOf(bytes: number, packed: number, place: number, extra: Buffer): readonly [number, number, number] {
  const given = [bytes, packed, place]
  for (let offset = 0; offset + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(offset), extra.readUInt16LE(offset + 2)]
    let field = offset + 4
    const end = Math.min(field + length, extra.length)
    if (id === 1)
      for (const [index, value] of given.entries()) {
        if (value !== 0xffffffff || field + 8 > end) continue
        given[index] = Number(extra.readBigUInt64LE(field))
        field += 8
      }
    offset = end
  }
  return given as [number, number, number]
}

async function* piecesOf(file: FileHandle, part: ZipPart): AsyncGenerator<Buffer, void, undefined> {
  if (part.isEncrypted)
    throw fileErrors.encrypted(`its part ${part.name} is protected by a password`, {
      facts: { part: part.name },
      next: 'Unpack it with its password, and pack it anew without one.',
    })
  if (part.method !== 0 && part.method !== 8)
    throw fileErrors.unsupported(`its part ${part.name} is packed by method ${part.method}`, {
      facts: { part: part.name, method: part.method },
      next: 'Pack it anew by the usual method (deflate).',
    })
  if (part.packed === 0) {
    if (part.bytes !== 0 || part.crc !== 0) throw notAsSaid(part)
    return
  }
  const local = await at(file, part.at, 30)
  if (local.readUInt32LE(0) !== 0x04034b50) throw cutOff()
  const start = part.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  const packed = file.createReadStream({ start, end: start + part.packed - 1, autoClose: false, highWaterMark: 262_144 })
  // An error of either reaches the one that is read.
  const plain: Readable = part.method === 0 ? packed : pipeline(packed, createInflateRaw({ chunkSize: 262_144 }), () => undefined)
  let [bytes, crc] = [0, 0]
  for await (const piece of plain as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > part.bytes) throw notAsSaid(part)
    crc = crc32(piece, crc)
    yield piece
  }
  if (bytes !== part.bytes || crc !== part.crc) throw notAsSaid(part)
}

const lookAtIt = 'Look at the file: it may be made to do harm.'

const bomb = (size: number, bytes: number): Error =>
  fileErrors.limit(`its ${size} bytes become ${bytes} when they are unpacked`, { facts: { size, bytes }, next: lookAtIt })

const notAsSaid = ({ name }: ZipPart): Error =>
  fileErrors.damaged(`its part ${name} is not what the directory of the file says`, {
    facts: { part: name },
    next: 'Ask for the file again.',
  })

const twice = (name: string): Error =>
  fileErrors.damaged(`it has two parts of the name ${name.slice(0, 100)}`, {
    facts: { part: name.slice(0, 100) },
    next: 'Unpack it by hand, and pull the file that is meant.',
  })

const cutOff = (): Error => fileErrors.damaged('it is cut off, or its directory is damaged', { next: 'Ask for the file again.' })
