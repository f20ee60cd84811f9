import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Lzma2 } from './lzma2.ts'

/** A file of xz (The .xz File Format, 1.2): one stream or several, whose blocks are packed by LZMA2 alone. */
export function unpackXz(file: Buffer, most: number): Buffer {
  const pieces: Buffer[] = []
  let [at, total] = [0, 0]
  while (at < file.length) {
    // Zeros may stand between streams, four at a time.
    if (at > 0 && file.readUInt32LE(at) === 0) {
      at += 4
      continue
    }
    if (at + 12 > file.length || !file.subarray(at, at + 6).equals(magic)) throw damaged()
    const check = file.readUInt8(at + 7)
    if (crc32(file.subarray(at + 6, at + 8)) !== file.readUInt32LE(at + 8)) throw damaged()
    at += 12
    while (file[at] !== 0) {
      const block = blockAt(file, at, check, most - total)
      pieces.push(block.bytes)
      total += block.bytes.length
      at = block.end
    }
    at = indexEnd(file, at) + 12
  }
  return Buffer.concat(pieces)
}

const magic = Buffer.from('fd377a585a00', 'hex')

function blockAt(file: Buffer, start: number, check: number, most: number): { readonly bytes: Buffer; readonly end: number } {
  const headerBytes = ((file[start] ?? 0) + 1) * 4
  const header = file.subarray(start, start + headerBytes)
  if (header.length < headerBytes || crc32(header.subarray(0, -4)) !== header.readUInt32LE(headerBytes - 4)) throw damaged()
  const flags = header.readUInt8(1)
  let place = 2
  // Sizes that the block says of itself; its end says them, too.
  for (const bit of [0x40, 0x80]) if ((flags & bit) !== 0) place = varint(header, place)[1]
  if ((flags & 3) !== 0 || header[place] !== 0x21) throw new RangeError('a block of xz is packed by more than LZMA2')
  const lzma = new Lzma2(most)
  const packedEnd = lzma.take(file, start + headerBytes)
  let end = packedEnd
  while ((end - start) % 4 !== 0) if (file[end++] !== 0) throw damaged()
  const { bytes } = lzma
  const size = checkBytes(check)
  const said = file.subarray(end, end + size)
  if (said.length < size || !isRight(bytes, check, said)) throw new RangeError('the checksum of a block of xz is not that of its bytes')
  return { bytes, end: end + size }
}

const checkBytes = (check: number): number => (check === 0 ? 0 : 4 * 2 ** (Math.ceil(check / 3) - 1))

function isRight(bytes: Buffer, check: number, said: Buffer): boolean {
  switch (check) {
    case 1:
      return crc32(bytes) === said.readUInt32LE(0)
    case 4:
      return crc64(bytes) === said.readBigUInt64LE(0)
    case 10:
      return createHash('sha256').update(bytes).digest().equals(said)
    default:
      // None, or one that nobody has defined.
      return true
  }
}

/** The index lists the blocks again; of it only the end is needed. */
function indexEnd(file: Buffer, start: number): number {
  let [count, at] = varint(file, start + 1)
  for (; count > 0; count--) {
    at = varint(file, at)[1]
    at = varint(file, at)[1]
  }
  while ((at - start) % 4 !== 0) at++
  if (at + 16 > file.length || crc32(file.subarray(start, at)) !== file.readUInt32LE(at)) throw damaged()
  return at + 4
}

function varint(bytes: Buffer, start: number): [value: number, end: number] {
  let [value, factor, at] = [0, 1, start]
  for (;;) {
    const byte = bytes[at++]
    if (byte === undefined || at - start > 7) throw damaged()
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return [value, at]
    factor *= 128
  }
}

const damaged = (): RangeError => new RangeError('a block of xz is damaged')

/** CRC-64 of ECMA-182, in halves: JavaScript computes with 32 bits at a time. */
const crcTable = Array.from({ length: 256 }, (_, byte): readonly [high: number, low: number] => {
  let [high, low] = [0, byte]
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) !== 0
    low = (low >>> 1) | ((high & 1) << 31)
    high >>>= 1
    if (isOdd) [high, low] = [high ^ 0xc96c5795, low ^ 0xd7870f42]
  }
  return [high >>> 0, low >>> 0]
})

function crc64(bytes: Buffer): bigint {
  let [high, low] = [0xffffffff, 0xffffffff]
  for (const byte of bytes) {
    const [tableHigh, tableLow] = crcTable[(low ^ byte) & 0xff] ?? [0, 0]
    low = ((low >>> 8) | (high << 24)) ^ tableLow
    high = (high >>> 8) ^ tableHigh
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0)
}
