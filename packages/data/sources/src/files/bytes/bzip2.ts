/** A bzip2 text that is not one; the message says why. */
export class Bzip2Fault extends Error {}

/** The packed bytes of a block are fewer: 900,000 symbols of at most 20 bits, and its tables. */
const mostPacked = 2_600_000
const pieceBytes = 64 * 1024

/**
 * Unpacks bzip2, streams one behind the other too, with a block of 900 KB in memory. Each block and each stream has a checksum, which is
 * compared. A block may become 45 MB: it is given piece by piece. @throws Bzip2Fault
 */
export async function* bunzip2(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const source = input[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let ended = false
  let bit = 0
  const fill = async (): Promise<void> => {
    const parts = [held.subarray(bit >> 3)]
    bit &= 7
    let length = parts[0]?.length ?? 0
    while (!ended && length < mostPacked) {
      const next = await source.next()
      if (next.done === true) ended = true
      else {
        parts.push(next.value)
        length += next.value.length
      }
    }
    held = Buffer.concat(parts)
  }
  try {
    await fill()
    for (let streams = 0; held.length > bit >> 3; streams++) {
      const size = held[3] ?? 0
      if (held.toString('latin1', 0, 3) !== 'BZh' || size < 0x31 || size > 0x39)
        throw new Bzip2Fault(streams === 0 ? 'it is not bzip2' : 'it goes on behind its end')
      bit = 32
      let combined = 0
      for (;;) {
        if (held.length - (bit >> 3) < mostPacked) await fill()
        const bits = bitsOf(held, bit)
        const magic = [bits.take(24), bits.take(24)].join()
        if (magic === '1536581,3690640') {
          if (bits.take(16) * 65536 + bits.take(16) !== combined >>> 0) throw new Bzip2Fault('the checksum of the whole is another')
          bit = (bits.at() + 7) & ~7
          break
        }
        if (magic !== '3227993,2511705') throw new Bzip2Fault('a block does not begin where it should')
        const expected = (bits.take(16) * 65536 + bits.take(16)) >>> 0
        const sum = yield* unpackBlock(bits, (size - 0x30) * 100_000)
        if (sum !== expected) throw new Bzip2Fault('the checksum of a block is another')
        combined = ((combined << 1) | (combined >>> 31)) ^ sum
        bit = bits.at()
      }
      await fill()
    }
  } finally {
    await source.return?.()
  }
}

interface Bits {
  /** The next bits as a number, at most 24 of them. */
  take(count: number): number
  at(): number
}

function bitsOf(bytes: Uint8Array, start: number): Bits {
  let at = start
  const end = bytes.length * 8
  return {
    at: () => at,
    take(count) {
      if (at + count > end) throw new Bzip2Fault('it ends in the middle')
      const byte = at >> 3
      // 24 bits at any place stand in four bytes.
      const word =
        (((bytes[byte] ?? 0) << 24) | ((bytes[byte + 1] ?? 0) << 16) | ((bytes[byte + 2] ?? 0) << 8) | (bytes[byte + 3] ?? 0)) >>> 0
      const shift = 32 - count - (at & 7)
      at += count
      if (count === 0) return 0
      return shift >= 0 ? (word >>> shift) & ((1 << count) - 1) : 0
    },
  }
}

function* unpackBlock(bits: Bits, most: number): Generator<Buffer, number, undefined> {
  if (bits.take(1) === 1) throw new Bzip2Fault('a block is randomised, as none was since 1999')
  const origin = bits.take(24)
  const transformed = new Uint32Array(most)
  const length = readSymbols(bits, transformed, most)
  if (origin >= length) throw new Bzip2Fault('a block begins outside of itself')
  return yield* inTextOrder(transformed, length, origin)
}

/** A table of Huffman's codes: for each length the last code, and where its symbols begin. */
interface Codes {
  readonly shortest: number
  readonly longest: number
  readonly limit: Int32Array
  readonly base: Int32Array
  readonly symbols: Uint16Array
}

/** Fills `into` with the bytes of the block in the order of the Burrows-Wheeler transform; returns how many. */
function readSymbols(bits: Bits, into: Uint32Array, most: number): number {
  const alphabet = alphabetOf(bits)
  const groups = bits.take(3)
  const selectorCount = bits.take(15)
  if (alphabet.length === 0 || groups < 2 || groups > 6 || selectorCount === 0) throw new Bzip2Fault('the tables of a block are wrong')
  const selectors = selectorsOf(bits, groups, selectorCount)
  const tables = Array.from({ length: groups }, () => codesOf(bits, alphabet.length + 2))
  const end = alphabet.length + 1
  let [length, run, weight, symbolsLeft, selector] = [0, 0, 1, 0, 0]
  let codes = tables[0] as Codes
  for (;;) {
    if (symbolsLeft === 0) {
      if (selector >= selectorCount) throw new Bzip2Fault('a block has more symbols than it says')
      codes = tables[selectors[selector++] ?? 0] as Codes
      symbolsLeft = 50
    }
    symbolsLeft--
    const symbol = nextSymbol(bits, codes)
    if (symbol <= 1) {
      run += weight << symbol
      weight *= 2
      if (run > most) throw new Bzip2Fault('a block is longer than it says')
      continue
    }
    if (run > 0) {
      if (length + run > most) throw new Bzip2Fault('a block is longer than it says')
      into.fill(alphabet[0] ?? 0, length, length + run)
      length += run
      run = 0
      weight = 1
    }
    if (symbol === end) return length
    if (length >= most) throw new Bzip2Fault('a block is longer than it says')
    const byte = alphabet[symbol - 1] ?? 0
    alphabet.copyWithin(1, 0, symbol - 1)
    alphabet[0] = byte
    into[length++] = byte
  }
}

function alphabetOf(bits: Bits): Uint8Array {
  const rows = bits.take(16)
  const found: number[] = []
  for (let row = 0; row < 16; row++) {
    if (((rows >> (15 - row)) & 1) === 0) continue
    const columns = bits.take(16)
    for (let column = 0; column < 16; column++) if (((columns >> (15 - column)) & 1) === 1) found.push(row * 16 + column)
  }
  return Uint8Array.from(found)
}

function selectorsOf(bits: Bits, groups: number, count: number): Uint8Array {
  const order = Array.from({ length: groups }, (_, group) => group)
  return Uint8Array.from({ length: count }, () => {
    let place = 0
    while (bits.take(1) === 1) if (++place >= groups) throw new Bzip2Fault('the tables of a block are wrong')
    const [group = 0] = order.splice(place, 1)
    order.unshift(group)
    return group
  })
}

function codesOf(bits: Bits, count: number): Codes {
  const lengths = new Uint8Array(count)
  let length = bits.take(5)
  for (let symbol = 0; symbol < count; symbol++) {
    for (;;) {
      if (length < 1 || length > 20) throw new Bzip2Fault('the tables of a block are wrong')
      if (bits.take(1) === 0) break
      length += bits.take(1) === 0 ? 1 : -1
    }
    lengths[symbol] = length
  }
  const shortest = Math.min(...lengths)
  const longest = Math.max(...lengths)
  const symbols = Uint16Array.from([...lengths.keys()].sort((one, other) => (lengths[one] ?? 0) - (lengths[other] ?? 0) || one - other))
  const limit = new Int32Array(22).fill(-1)
  const base = new Int32Array(22)
  let [code, before] = [0, 0]
  for (let size = shortest; size <= longest; size++) {
    const here = lengths.filter((each) => each === size).length
    base[size] = before - code
    code += here
    before += here
    limit[size] = code - 1
    code *= 2
  }
  return { shortest, longest, limit, base, symbols }
}

function nextSymbol(bits: Bits, { shortest, longest, limit, base, symbols }: Codes): number {
  let size = shortest
  let code = bits.take(size)
  while (code > (limit[size] ?? -1)) {
    if (++size > longest) throw new Bzip2Fault('a code means nothing')
    code = (code << 1) | bits.take(1)
  }
  const symbol = symbols[code + (base[size] ?? 0)]
  if (symbol === undefined) throw new Bzip2Fault('a code means nothing')
  return symbol
}

/** Undoes the transform and the runs of the first step: four equal bytes are followed by how many more there are. Returns the checksum. */
function* inTextOrder(transformed: Uint32Array, length: number, origin: number): Generator<Buffer, number, undefined> {
  const places = new Uint32Array(257)
  for (let at = 0; at < length; at++) places[(transformed[at] as number) + 1] = (places[(transformed[at] as number) + 1] as number) + 1
  for (let byte = 0; byte < 256; byte++) places[byte + 1] = (places[byte + 1] as number) + (places[byte] as number)
  for (let at = 0; at < length; at++) {
    const byte = (transformed[at] as number) & 0xff
    const place = places[byte] as number
    places[byte] = place + 1
    transformed[place] = ((transformed[place] as number) | (at << 8)) >>> 0
  }
  let piece = Buffer.allocUnsafe(pieceBytes)
  let [to, sum, last, equal] = [0, 0xffffffff, -1, 0]
  let next = (transformed[origin] as number) >>> 8
  for (let at = 0; at < length; at++) {
    const entry = transformed[next] as number
    const byte = entry & 0xff
    next = entry >>> 8
    let times = 1
    let value = byte
    if (equal === 4) {
      times = byte
      value = last
      equal = 0
      last = -1
    } else if (byte === last) equal++
    else {
      last = byte
      equal = 1
    }
    for (; times > 0; times--) {
      sum = (sum << 8) ^ (crcTable[((sum >>> 24) ^ value) & 0xff] as number)
      piece[to++] = value
      if (to < pieceBytes) continue
      yield piece
      piece = Buffer.allocUnsafe(pieceBytes)
      to = 0
    }
  }
  if (to > 0) yield piece.subarray(0, to)
  return ~sum >>> 0
}

/** CRC-32 with the highest bit first, polynomial 0x04C11DB7. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24
  for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0)
  return sum
})
