/** Reads values of Avro's binary encoding out of a block. What is not one throws a `RangeError`: the block is broken. */
export class AvroBytes {
  bytes: Buffer = Buffer.alloc(0)
  place = 0

  begin(bytes: Buffer): void {
    this.bytes = bytes
    this.place = 0
  }

  get left(): number {
    return this.bytes.length - this.place
  }

  /** A whole number that a double holds; `undefined` for one that it does not, which is read by `long` at the same place. */
  whole(): number | undefined {
    const { bytes } = this
    let place = this.place
    const first = bytes[place++] ?? raise()
    // Most numbers are small: indexes of unions, lengths, counts.
    if (first < 0x80) {
      this.place = place
      return (first & 1) === 0 ? first >> 1 : -((first + 1) >> 1)
    }
    let value = first & 0x7f
    for (let factor = 128; ; factor *= 128) {
      const byte = bytes[place++] ?? raise()
      // Seven bytes have 49 bits; of an eighth, four are below 2^53.
      if (factor === 562_949_953_421_312 && byte >= 16) return undefined
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    this.place = place
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  long(): bigint {
    let [value, shift] = [0n, 0n]
    for (;;) {
      const byte = this.bytes[this.place++] ?? raise()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
      shift += 7n
      if (shift > 63n) throw new RangeError('a number has more than 64 bits')
    }
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  }

  int(): number {
    const value = this.whole()
    if (value === undefined || value > 2_147_483_647 || value < -2_147_483_648) throw new RangeError('an int has more than 32 bits')
    return value
  }

  /** A number of bytes that are there; the place moves behind them. @returns where they begin */
  skip(count: number): number {
    const start = this.place
    if (count < 0 || count > this.left) throw new RangeError('a value is longer than its block')
    this.place = start + count
    return start
  }

  length(): number {
    return this.whole() ?? raise()
  }

  float(): number {
    return this.bytes.readFloatLE(this.skip(4))
  }

  double(): number {
    return this.bytes.readDoubleLE(this.skip(8))
  }

  boolean(): boolean {
    const byte = this.bytes[this.skip(1)]
    if (byte !== 0 && byte !== 1) throw new RangeError('a boolean is neither 0 nor 1')
    return byte === 1
  }

  among(count: number): number {
    const index = this.whole()
    if (index === undefined || index < 0 || index >= count) throw new RangeError('a union or enum names what it has not')
    return index
  }

  /** The items of an array or map, in the blocks in which they come (Avro 1.12, Arrays). */
  items(read: () => void): void {
    for (;;) {
      let count = this.length()
      if (count === 0) return
      if (count < 0) {
        count = -count
        this.length()
      }
      // An item without a byte is a null; so many of them are made to do harm.
      if (count > this.left + 100_000) throw new RangeError('a list is longer than its block')
      for (; count > 0; count--) read()
    }
  }
}

function raise(): never {
  throw new RangeError('a value goes on behind the end of its block')
}
