/** Bytes of CSV, made of records and a number behind each. */
export class Lines {
  #bytes = Buffer.allocUnsafe(512 * 1024)
  #used = 0

  get length(): number {
    return this.#used
  }

  add(bytes: Buffer, start: number, end: number, number: number): void {
    // A comma, 20 digits, a line end.
    const needed = this.#used + end - start + 22
    if (needed > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], needed * 2)
    bytes.copy(this.#bytes, this.#used, start, end)
    this.#used += end - start
    this.#bytes[this.#used++] = comma
    this.#write(number)
    this.#bytes[this.#used++] = lf
  }

  #write(number: number): void {
    const from = this.#used
    for (let rest = number, unit = unitOf(number); unit >= 1; unit /= 10) {
      const digit = Math.floor(rest / unit)
      this.#bytes[this.#used++] = zero + digit
      rest -= digit * unit
    }
    if (this.#used === from) this.#bytes[this.#used++] = zero
  }

  /** What came since the last time. The bytes are given away. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#used)
    this.#bytes = Buffer.allocUnsafe(Math.max(512 * 1024, Math.ceil(this.#used * 1.1)))
    this.#used = 0
    return taken
  }
}

function unitOf(number: number): number {
  let unit = 1
  while (unit * 10 <= number) unit *= 10
  return unit
}

const [zero, comma, lf] = [0x30, 0x2c, 0x0a]
