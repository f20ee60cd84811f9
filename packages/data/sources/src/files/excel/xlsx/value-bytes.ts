import { longestText, tooLong } from './text-run.ts'

/** The bytes of the value of one cell, put together of the pieces in which it comes. */
export class ValueBytes {
  #bytes = Buffer.allocUnsafe(4_096)
  length = 0

  clear(): void {
    this.length = 0
  }

  add(bytes: Buffer, from: number, to: number): void {
    const end = this.length + to - from
    if (end > this.#bytes.length) {
      if (end > longestText * 3) throw tooLong()
      const larger = Buffer.allocUnsafe(2 * end)
      this.#bytes.copy(larger, 0, 0, this.length)
      this.#bytes = larger
    }
    for (let at = from, into = this.length; at < to; at++) this.#bytes[into++] = bytes[at] ?? 0
    this.length = end
  }

  get text(): string {
    return this.#bytes.toString('utf8', 0, this.length)
  }

  /** A whole number of digits alone, without zeros before it; `undefined` for what is not one, or has more than nine. */
  whole(): number | undefined {
    const { length } = this
    const bytes = this.#bytes
    if (length === 0 || length > 9 || (length > 1 && bytes[0] === zero)) return undefined
    let value = 0
    for (let at = 0; at < length; at++) {
      const digit = (bytes[at] ?? 0) - zero
      if (digit < 0 || digit > 9) return undefined
      value = value * 10 + digit
    }
    return value
  }

  /**
   * Whether it is the shortest text of its number as JavaScript writes it: digits and a point, of which no more than 15 count, since no two
   * texts of so many give the same double; no zero at an end that says nothing; not so small that there would be an exponent.
   */
  isShortest(): boolean {
    const bytes = this.#bytes
    const { length } = this
    let at = bytes[0] === minus ? 1 : 0
    const from = at
    while (isDigit(bytes[at]) && at < length) at++
    const whole = at - from
    if (whole === 0 || (whole > 1 && bytes[from] === zero)) return false
    if (at === length) return length <= 15 && (bytes[from] !== zero || from === 0)
    if (bytes[at++] !== point || length > 16) return false
    const behind = at
    while (isDigit(bytes[at]) && at < length) at++
    if (at < length || behind === length || bytes[length - 1] === zero) return false
    return bytes[from] !== zero || isFrom(bytes, behind, Math.min(length, behind + 5))
  }
}

const [zero, nine, minus, point] = [0x30, 0x39, 0x2d, 0x2e]
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine

/** Whether a digit that is not 0 is among them: below 0.000001 JavaScript writes an exponent. */
function isFrom(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== zero) return true
  return false
}
