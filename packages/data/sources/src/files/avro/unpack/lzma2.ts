/** LZMA2: chunks of bytes as they are, or of LZMA, which keep its dictionary, its state and its properties or begin anew. */

const damaged = (): RangeError => new RangeError('a block of xz is damaged')

const half = 1_024
const probabilities = (count: number): Uint16Array<ArrayBuffer> => new Uint16Array(count).fill(half)

/** Where a chunk of LZMA2 in `packed` ends, with what comes out put behind `out`. */
export class Lzma2 {
  #out = Buffer.allocUnsafe(65_536)
  #length = 0
  readonly #most: number
  #lzma: Lzma | undefined
  /** Where matches may reach back to. */
  #floor = 0

  constructor(most: number) {
    this.#most = most
  }

  /** @returns where the chunks end */
  take(packed: Buffer, start: number): number {
    let at = start
    for (;;) {
      const control = packed[at++]
      if (control === undefined) throw damaged()
      if (control === 0) return at
      if (control >= 0x80) at = this.#lzmaChunk(packed, at, control)
      else if (control <= 2) at = this.#plainChunk(packed, at, control)
      else throw damaged()
    }
  }

  get bytes(): Buffer {
    return this.#out.subarray(0, this.#length)
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes
    if (needed > this.#most) throw new RangeError(`a block becomes more than ${this.#most} bytes`)
    if (needed <= this.#out.length) return
    this.#out = Buffer.concat([this.bytes], Math.max(this.#out.length * 2, needed))
  }

  #plainChunk(packed: Buffer, start: number, control: number): number {
    if (start + 2 > packed.length) throw damaged()
    const size = packed.readUInt16BE(start) + 1
    const end = start + 2 + size
    if (end > packed.length) throw damaged()
    if (control === 1) this.#floor = this.#length
    this.#room(size)
    packed.copy(this.#out, this.#length, start + 2, end)
    this.#length += size
    this.#lzma?.resetState()
    return end
  }

  #lzmaChunk(packed: Buffer, start: number, control: number): number {
    if (start + 4 > packed.length) throw damaged()
    const size = ((control & 0x1f) << 16) + packed.readUInt16BE(start) + 1
    const packedSize = packed.readUInt16BE(start + 2) + 1
    const reset = (control >> 5) & 3
    let at = start + 4
    if (reset === 3) this.#floor = this.#length
    if (reset >= 2) this.#lzma = new Lzma(packed[at++] ?? 255)
    else if (reset === 1) this.#lzma?.resetState()
    if (this.#lzma === undefined || at + packedSize > packed.length) throw damaged()
    this.#room(size)
    this.#lzma.decode(packed.subarray(at, at + packedSize), this.#out, this.#length, size, this.#floor)
    this.#length += size
    return at + packedSize
  }
}

/** The range decoder and the models of LZMA. */
class Lzma {
  readonly #lc: number
  readonly #lpMask: number
  readonly #pbMask: number
  #literals = new Uint16Array()
  #isMatch = new Uint16Array()
  #isRep = new Uint16Array()
  #isRepG0 = new Uint16Array()
  #isRepG1 = new Uint16Array()
  #isRepG2 = new Uint16Array()
  #isRep0Long = new Uint16Array()
  #slots = new Uint16Array()
  #special = new Uint16Array()
  #align = new Uint16Array()
  #lengths = newLengths()
  #repLengths = newLengths()
  #state = 0
  #reps: [number, number, number, number] = [0, 0, 0, 0]
  #packed: Buffer = Buffer.alloc(0)
  #at = 0
  #range = 0
  #code = 0

  constructor(properties: number) {
    if (properties >= 225) throw damaged()
    this.#lc = properties % 9
    const rest = Math.floor(properties / 9)
    const lp = rest % 5
    if (this.#lc + lp > 4) throw damaged()
    this.#lpMask = (1 << lp) - 1
    this.#pbMask = (1 << Math.floor(rest / 5)) - 1
    this.resetState()
  }

  resetState(): void {
    this.#state = 0
    this.#reps = [0, 0, 0, 0]
    this.#literals = probabilities(0x300 << (this.#lc + Math.log2(this.#lpMask + 1)))
    this.#isMatch = probabilities(192)
    this.#isRep = probabilities(12)
    this.#isRepG0 = probabilities(12)
    this.#isRepG1 = probabilities(12)
    this.#isRepG2 = probabilities(12)
    this.#isRep0Long = probabilities(192)
    this.#slots = probabilities(256)
    this.#special = probabilities(128)
    this.#align = probabilities(16)
    this.#lengths = newLengths()
    this.#repLengths = newLengths()
  }

  decode(packed: Buffer, out: Buffer, start: number, size: number, floor: number): void {
    this.#packed = packed
    if (packed.length < 5 || packed[0] !== 0) throw damaged()
    this.#code = packed.readUInt32BE(1)
    this.#range = 0xffffffff
    this.#at = 5
    const end = start + size
    for (let at = start; at < end; ) {
      const position = (at - floor) & this.#pbMask
      if (this.#bit(this.#isMatch, (this.#state << 4) + position) === 0) {
        this.#literal(out, at, floor)
        at++
        continue
      }
      const length = this.#match(position)
      if (length === 1) {
        if (this.#reps[0] >= at - floor) throw damaged()
        out[at] = out[at - this.#reps[0] - 1] ?? 0
        at++
        continue
      }
      const distance = this.#reps[0] + 1
      if (distance > at - floor || at + length > end) throw damaged()
      // What is copied may begin within itself.
      for (let index = 0; index < length; index++, at++) out[at] = out[at - distance] ?? 0
    }
    if (this.#at > packed.length) throw damaged()
  }

  #literal(out: Buffer, at: number, floor: number): void {
    const before = at > floor ? (out[at - 1] ?? 0) : 0
    const context = (((at - floor) & this.#lpMask) << this.#lc) + (before >> (8 - this.#lc))
    const base = 0x300 * context
    let symbol = 1
    if (this.#state >= 7) {
      if (this.#reps[0] >= at - floor) throw damaged()
      let matched = out[at - this.#reps[0] - 1] ?? 0
      while (symbol < 0x100) {
        const matchBit = (matched >> 7) & 1
        matched <<= 1
        const bit = this.#bit(this.#literals, base + ((1 + matchBit) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (bit !== matchBit) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literals, base + symbol)
    out[at] = symbol & 0xff
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  /** The length of a match, whose distance is put in front; 1 for a single byte at the last distance. */
  #match(position: number): number {
    const state = this.#state
    const [first, second, third, fourth] = this.#reps
    if (this.#bit(this.#isRep, state) === 0) {
      const length = this.#length(this.#lengths, position)
      this.#state = state < 7 ? 7 : 10
      this.#reps = [this.#distance(length), first, second, third]
      return length
    }
    if (this.#bit(this.#isRepG0, state) === 0) {
      if (this.#bit(this.#isRep0Long, (state << 4) + position) === 0) {
        this.#state = state < 7 ? 9 : 11
        return 1
      }
    } else if (this.#bit(this.#isRepG1, state) === 0) this.#reps = [second, first, third, fourth]
    else if (this.#bit(this.#isRepG2, state) === 0) this.#reps = [third, first, second, fourth]
    else this.#reps = [fourth, first, second, third]
    this.#state = state < 7 ? 8 : 11
    return this.#length(this.#repLengths, position)
  }

  #length({ choice, low, middle, high }: Lengths, position: number): number {
    if (this.#bit(choice, 0) === 0) return 2 + this.#tree(low, position << 3, 3)
    if (this.#bit(choice, 1) === 0) return 10 + this.#tree(middle, position << 3, 3)
    return 18 + this.#tree(high, 0, 8)
  }

  #distance(length: number): number {
    const slot = this.#tree(this.#slots, Math.min(length - 2, 3) << 6, 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const base = (2 | (slot & 1)) * 2 ** bits
    if (slot < 14) return base + this.#reverse(this.#special, base - slot, bits)
    let direct = 0
    for (let left = bits - 4; left > 0; left--) direct = direct * 2 + this.#directBit()
    return base + direct * 16 + this.#reverse(this.#align, 0, 4)
  }

  #tree(models: Uint16Array, base: number, bits: number): number {
    let symbol = 1
    for (let left = bits; left > 0; left--) symbol = (symbol << 1) | this.#bit(models, base + symbol)
    return symbol - (1 << bits)
  }

  #reverse(models: Uint16Array, base: number, bits: number): number {
    let [symbol, value] = [1, 0]
    for (let index = 0; index < bits; index++) {
      const bit = this.#bit(models, base + symbol)
      symbol = (symbol << 1) | bit
      value |= bit << index
    }
    return value
  }

  #bit(models: Uint16Array, index: number): 0 | 1 {
    const model = models[index] ?? half
    const bound = (this.#range >>> 11) * model
    let bit: 0 | 1
    if (this.#code < bound) {
      this.#range = bound
      models[index] = model + ((2_048 - model) >> 5)
      bit = 0
    } else {
      this.#range -= bound
      this.#code -= bound
      models[index] = model - (model >> 5)
      bit = 1
    }
    this.#normalize()
    return bit
  }

  #directBit(): 0 | 1 {
    this.#range >>>= 1
    const bit = this.#code >= this.#range ? 1 : 0
    if (bit === 1) this.#code -= this.#range
    this.#normalize()
    return bit
  }

  #normalize(): void {
    if (this.#range >= 0x1000000) return
    this.#range = (this.#range << 8) >>> 0
    this.#code = ((this.#code << 8) | (this.#packed[this.#at++] ?? 0)) >>> 0
  }
}

interface Lengths {
  readonly choice: Uint16Array
  readonly low: Uint16Array
  readonly middle: Uint16Array
  readonly high: Uint16Array
}

function newLengths(): Lengths {
  return { choice: probabilities(2), low: probabilities(128), middle: probabilities(128), high: probabilities(256) }
}
