/**
 * A file of bzip2, of one stream or several: runs, the transform of Burrows and Wheeler, moving to the front, Huffman codes in up to six
 * tables, with a checksum a block and one a stream.
 */
export function unpackBzip2(file: Buffer, most: number): Buffer {
  const bits = new Bits(file)
  const pieces: Buffer[] = []
  let total = 0
  do {
    if (bits.take(24) !== 0x425a68) throw damaged()
    const blockBytes = (bits.take(8) - 0x30) * 100_000
    if (!(blockBytes >= 100_000 && blockBytes <= 900_000)) throw damaged()
    let checksum = 0
    for (;;) {
      const [high, low] = [bits.take(24), bits.take(24)]
      const expected = bits.word()
      if (high === 0x177245 && low === 0x385090) {
        if (expected !== checksum) throw new RangeError('the checksum of a stream of bzip2 is not that of its bytes')
        break
      }
      if (high !== 0x314159 || low !== 0x265359) throw damaged()
      const piece = blockOf(bits, blockBytes, most - total)
      total += piece.length
      const own = crcOf(piece)
      if (own !== expected) throw new RangeError('the checksum of a block of bzip2 is not that of its bytes')
      checksum = (((checksum << 1) | (checksum >>> 31)) ^ own) >>> 0
      pieces.push(piece)
    }
    bits.align()
  } while (bits.bytesLeft > 0)
  return Buffer.concat(pieces)
}

function blockOf(bits: Bits, blockBytes: number, most: number): Buffer {
  if (bits.take(1) !== 0) throw damaged()
  const origin = bits.take(24)
  const used = usedBytes(bits)
  const { tables, selectors } = codesOf(bits, used.length + 2)
  const front = Uint8Array.from(used)
  const last = new Uint8Array(blockBytes)
  const counts = new Uint32Array(256)
  let [count, group, inGroup, run, unit] = [0, -1, 0, 0, 1]
  let table: HuffmanTable | undefined
  const end = used.length + 1
  const put = (byte: number, times: number): void => {
    if (count + times > blockBytes) throw damaged()
    last.fill(byte, count, count + times)
    counts[byte] = (counts[byte] ?? 0) + times
    count += times
  }
  for (;;) {
    if (inGroup === 0) {
      table = tables[selectors[++group] ?? -1]
      if (table === undefined) throw damaged()
      inGroup = 50
    }
    inGroup--
    const symbol = (table as HuffmanTable).next(bits)
    if (symbol <= 1) {
      // A run of the byte in front, its length in digits of 1 and 2.
      run += unit << symbol
      unit <<= 1
      if (run > blockBytes) throw damaged()
      continue
    }
    if (run > 0) {
      put(front[0] ?? 0, run)
      run = 0
    }
    unit = 1
    if (symbol === end) break
    const byte = front[symbol - 1] ?? 0
    front.copyWithin(1, 0, symbol - 1)
    front[0] = byte
    put(byte, 1)
  }
  return withoutRuns(untransformed(last, counts, count, origin), most)
}

function usedBytes(bits: Bits): readonly number[] {
  const groups = bits.take(16)
  const used: number[] = []
  for (let group = 0; group < 16; group++) {
    if ((groups & (0x8000 >> group)) === 0) continue
    const members = bits.take(16)
    for (let member = 0; member < 16; member++) if ((members & (0x8000 >> member)) !== 0) used.push(group * 16 + member)
  }
  if (used.length === 0) throw damaged()
  return used
}

function codesOf(bits: Bits, symbols: number): { readonly tables: readonly HuffmanTable[]; readonly selectors: readonly number[] } {
  const [tableCount, selectorCount] = [bits.take(3), bits.take(15)]
  if (tableCount < 2 || tableCount > 6 || selectorCount === 0) throw damaged()
  const front = [0, 1, 2, 3, 4, 5].slice(0, tableCount)
  const selectors: number[] = []
  for (let index = 0; index < selectorCount; index++) {
    let place = 0
    while (bits.take(1) === 1) if (++place >= tableCount) throw damaged()
    const [chosen = 0] = front.splice(place, 1)
    front.unshift(chosen)
    selectors.push(chosen)
  }
  const tables = Array.from({ length: tableCount }, () => {
    const lengths: number[] = []
    let length = bits.take(5)
    while (lengths.length < symbols) {
      if (length < 1 || length > 20) throw damaged()
      if (bits.take(1) === 0) lengths.push(length)
      else length += bits.take(1) === 0 ? 1 : -1
    }
    return new HuffmanTable(lengths)
  })
  return { tables, selectors }
}

/** Codes by their lengths alone: those of a length follow each other, in the order of their symbols. */
class HuffmanTable {
  readonly #symbols: readonly number[]
  readonly #limits: number[] = []
  readonly #starts: number[] = []

  constructor(lengths: readonly number[]) {
    this.#symbols = lengths.map((_, symbol) => symbol).toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b)
    let [code, index] = [0, 0]
    for (let length = 1; length <= 20; length++) {
      code *= 2
      const count = lengths.filter((each) => each === length).length
      this.#starts[length] = index - code
      code += count
      index += count
      this.#limits[length] = code
    }
  }

  next(bits: Bits): number {
    let code = 0
    for (let length = 1; length <= 20; length++) {
      code = code * 2 + bits.take(1)
      if (code < (this.#limits[length] ?? 0)) return this.#symbols[code + (this.#starts[length] ?? 0)] ?? raise()
    }
    return raise()
  }
}

function untransformed(last: Uint8Array, counts: Uint32Array, count: number, origin: number): Uint8Array {
  if (origin >= count) throw damaged()
  const starts = new Uint32Array(256)
  for (let byte = 1; byte < 256; byte++) starts[byte] = (starts[byte - 1] ?? 0) + (counts[byte - 1] ?? 0)
  const next = new Uint32Array(count)
  for (let at = 0; at < count; at++) {
    const byte = last[at] ?? 0
    const place = starts[byte] ?? 0
    starts[byte] = place + 1
    next[place] = at
  }
  const out = new Uint8Array(count)
  for (let index = 0, at = next[origin] ?? 0; index < count; index++, at = next[at] ?? 0) out[index] = last[at] ?? 0
  return out
}

/** Behind four equal bytes stands how many more there are. */
function withoutRuns(bytes: Uint8Array, most: number): Buffer {
  let out = Buffer.allocUnsafe(Math.max(bytes.length * 2, 64))
  let [length, same] = [0, 0]
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const times = same === 4 ? byte : 1
    if (length + times > most) throw new RangeError(`a block becomes more than ${most} bytes`)
    if (length + times > out.length) out = Buffer.concat([out.subarray(0, length)], Math.max(out.length * 2, length + times))
    if (same === 4) {
      out.fill(bytes[at - 1] ?? 0, length, length + times)
      same = 0
    } else {
      same = at > 0 && same > 0 && byte === bytes[at - 1] ? same + 1 : 1
      out[length] = byte
    }
    length += times
  }
  return out.subarray(0, length)
}

class Bits {
  readonly #bytes: Buffer
  #place = 0
  #held = 0
  #count = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get bytesLeft(): number {
    return this.#bytes.length - this.#place
  }

  /** At most 24. */
  take(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#place++]
      if (byte === undefined) throw damaged()
      this.#held = ((this.#held << 8) | byte) & 0x7fffffff
      this.#count += 8
    }
    this.#count -= count
    return (this.#held >>> this.#count) & ((1 << count) - 1)
  }

  word(): number {
    return ((this.take(16) << 16) | this.take(16)) >>> 0
  }

  align(): void {
    this.#count = 0
  }
}

/** That of bzip2 takes the bits of a byte from the highest on. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc
})

function crcOf(bytes: Buffer): number {
  let crc = -1
  for (const byte of bytes) crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

const damaged = (): RangeError => new RangeError('a block of bzip2 is damaged')

function raise(): never {
  throw damaged()
}
