import { crc32 } from 'node:zlib'

/** A block of Snappy (format_description.txt of google/snappy), behind which Avro puts the CRC-32 of what comes out, in four bytes. */
export function unpackSnappy(block: Buffer, most: number): Buffer {
  if (block.length < 5) throw new RangeError('a block of Snappy is cut off')
  const packed = block.subarray(0, -4)
  let place = 0
  let [length, factor] = [0, 1]
  for (;;) {
    const byte = packed[place++] ?? cutOff()
    length += (byte & 0x7f) * factor
    if (byte < 0x80) break
    factor *= 128
    if (factor > 34_359_738_368) throw new RangeError('a block of Snappy says no length')
  }
  if (length > most) throw new RangeError(`a block becomes more than ${most} bytes`)
  const out = Buffer.allocUnsafe(length)
  let at = 0
  while (place < packed.length) {
    const tag = packed[place++] ?? cutOff()
    if ((tag & 3) === 0) {
      let count = tag >> 2
      if (count >= 60) {
        const bytes = count - 59
        if (place + bytes > packed.length) cutOff()
        count = packed.readUIntLE(place, bytes)
        place += bytes
      }
      count++
      if (place + count > packed.length || at + count > length) cutOff()
      packed.copy(out, at, place, place + count)
      place += count
      at += count
      continue
    }
    const bytes = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4
    if (place + bytes > packed.length) cutOff()
    const offset = bytes === 1 ? ((tag >> 5) << 8) | (packed[place] ?? 0) : packed.readUIntLE(place, bytes)
    const count = bytes === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    place += bytes
    if (offset === 0 || offset > at || at + count > length) cutOff()
    // What is copied may begin within itself.
    if (offset >= count) out.copy(out, at, at - offset, at - offset + count)
    else for (let index = 0; index < count; index++) out[at + index] = out[at - offset + index] ?? 0
    at += count
  }
  if (at !== length) cutOff()
  if (crc32(out) !== block.readUInt32BE(block.length - 4)) throw new RangeError('the checksum of a block is not that of its bytes')
  return out
}

function cutOff(): never {
  throw new RangeError('a block of Snappy is damaged')
}
