import { Lines } from './lines.ts'

/** More than so many and looking at each row costs no more. */
const most = 500_000

/** Numbers of an entry: two that hold a short text, or the hash and place of a longer one; its length and 1; how often it came. */
const width = 4
const short = 8

/**
 * The different texts among the cells of a column, or of several together, each with a number above 0 and how often it came. One table that
 * holds short texts itself, so that a look costs one miss of the cache: a Map of strings takes four times as long.
 */
export class DistinctCells {
  readonly #mostBytes: number
  #entries = new Uint32Array(4096 * width)
  #mask = 4095
  #count = 0
  /** Longer texts, one behind the other. */
  #texts = Buffer.allocUnsafe(1024)
  #used = 0
  readonly #shortText: Buffer = Buffer.alloc(short)
  /** What the table would hold of the text at hand. */
  #first = 0
  #second = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  get count(): number {
    return this.#count
  }

  /** There are more than is worth knowing: what comes now is not kept. */
  get isFull(): boolean {
    return this.#count >= most || this.#used >= this.#mostBytes
  }

  /** Numbers stand until the next text that is new. */
  times(number: number): number {
    return this.#entries[number * width - 1] ?? 0
  }

  /** Counts it. */
  add(bytes: Buffer, from: number, to: number): void {
    const at = this.#find(bytes, from, to)
    const entries = this.#entries
    if (entries[at + 2] !== 0) {
      entries[at + 3] = (entries[at + 3] ?? 0) + 1
      return
    }
    if (this.isFull) return
    entries[at] = this.#first
    entries[at + 1] = to - from > short ? this.#append(bytes, from, to) : this.#second
    entries[at + 2] = to - from + 1
    entries[at + 3] = 1
    if (++this.#count * 2 > this.#mask) this.#grow()
  }

  has(bytes: Buffer, from: number, to: number): boolean {
    return this.#entries[this.#find(bytes, from, to) + 2] !== 0
  }

  /** These texts alone. */
  only(numbers: readonly number[]): DistinctCells {
    const some = new DistinctCells(Number.POSITIVE_INFINITY)
    for (const number of numbers) this.#give(number, (bytes, from, to) => some.add(bytes, from, to))
    return some
  }

  /** Lines of CSV: each text as it stood in the file, then its number. */
  *lines(): Generator<Buffer> {
    const lines = new Lines()
    for (let number = 1; number <= this.#mask + 1; number++) {
      if (this.times(number) === 0) continue
      this.#give(number, (bytes, from, to) => lines.add(bytes, from, to, number))
      if (lines.length > 256 * 1024) yield lines.take()
    }
    yield lines.take()
  }

  #give(number: number, take: (bytes: Buffer, from: number, to: number) => void): void {
    const at = (number - 1) * width
    const [first, second] = [this.#entries[at] ?? 0, this.#entries[at + 1] ?? 0]
    const length = (this.#entries[at + 2] ?? 1) - 1
    if (length > short) take(this.#texts, second, second + length)
    else {
      for (let place = 0; place < length; place++)
        this.#shortText[place] = (place < 4 ? first >>> (place * 8) : second >>> (place * 8 - 32)) & 0xff
      take(this.#shortText, 0, length)
    }
  }

  /** Where its entry is or would be. */
  #find(bytes: Buffer, from: number, to: number): number {
    const length = to - from
    const hash = length > short ? this.#hash(bytes, from, to) : this.#pack(bytes, from, length)
    const [entries, mask, first, second] = [this.#entries, this.#mask, this.#first, this.#second]
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slot * width
      const there = entries[at + 2]
      if (there === 0) return at
      if (there !== length + 1 || entries[at] !== first) continue
      if (length > short ? this.#isText(entries[at + 1] ?? 0, bytes, from, to) : entries[at + 1] === second) return at
    }
  }

  /** Up to eight bytes as two numbers; their hash. */
  #pack(bytes: Buffer, from: number, length: number): number {
    let [first, second] = [0, 0]
    for (let at = 0; at < length; at++) {
      const byte = bytes[from + at] ?? 0
      if (at < 4) first |= byte << (at * 8)
      else second |= byte << (at * 8 - 32)
    }
    this.#first = first >>> 0
    this.#second = second >>> 0
    return mixed(first, second)
  }

  /** FNV-1a of 32 bits. */
  #hash(bytes: Buffer, from: number, to: number): number {
    let hash = 0x811c9dc5
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    this.#first = hash >>> 0
    return mixed(hash, to - from)
  }

  #isText(start: number, bytes: Buffer, from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (bytes[at] !== this.#texts[start + at - from]) return false
    return true
  }

  /** Where it stands. */
  #append(bytes: Buffer, from: number, to: number): number {
    const start = this.#used
    this.#used += to - from
    if (this.#used > this.#texts.length) this.#texts = Buffer.concat([this.#texts], this.#used * 2)
    bytes.copy(this.#texts, start, from, to)
    return start
  }

  #grow(): void {
    const [old, mask] = [this.#entries, this.#mask * 2 + 1]
    const entries = new Uint32Array((mask + 1) * width)
    for (let from = 0; from < old.length; from += width) {
      const length = old[from + 2] ?? 0
      if (length === 0) continue
      let slot = mixed(old[from] ?? 0, length - 1 > short ? length - 1 : (old[from + 1] ?? 0)) & mask
      while (entries[slot * width + 2] !== 0) slot = (slot + 1) & mask
      entries.set(old.subarray(from, from + width), slot * width)
    }
    this.#entries = entries
    this.#mask = mask
  }
}

/** The high bits folded in: the low ones alone choose the slot. */
function mixed(first: number, second: number): number {
  const hash = Math.imul(first ^ Math.imul(second, 0x85ebca6b), 0xc2b2ae35)
  return (hash ^ (hash >>> 15)) >>> 0
}
