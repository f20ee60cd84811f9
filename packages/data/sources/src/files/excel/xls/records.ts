/** Records of a workbook stream ([MS-XLS] 2.1.4): an id and a length of two bytes each. */
export class BiffReader {
  readonly #stream: Buffer
  #next: number
  #id = 0
  #start = 0
  #end = 0

  constructor(stream: Buffer, place: number) {
    this.#stream = stream
    this.#next = place
  }

  get id(): number {
    return this.#id
  }

  /** Where the next record begins. */
  get place(): number {
    return this.#next
  }

  get data(): Buffer {
    return this.#stream.subarray(this.#start, this.#end)
  }

  /** Goes to the next record; false at the end. */
  advance(): boolean {
    if (this.#next + 4 > this.#stream.length) return false
    this.#id = this.#stream.readUInt16LE(this.#next)
    this.#start = this.#next + 4
    this.#end = this.#start + this.#stream.readUInt16LE(this.#next + 2)
    if (this.#end > this.#stream.length) throw new RangeError('the stream ends in the middle of a record')
    this.#next = this.#end
    return true
  }

  /** The data of the record and of those that continue it, each by itself. */
  parts(): readonly Buffer[] {
    const parts = [this.data]
    while (this.#next + 4 <= this.#stream.length && this.#stream.readUInt16LE(this.#next) === 0x3c && this.advance()) parts.push(this.data)
    return parts
  }
}

/**
 * Reads through the data of a record and those that continue it. Where the characters of a text go on in the next part, that begins with a
 * byte which says anew whether they have one byte or two ([MS-XLS] 2.5.293).
 */
export class PartsReader {
  readonly #parts: readonly Buffer[]
  #part = 0
  #place = 0

  constructor(parts: readonly Buffer[]) {
    this.#parts = parts
  }

  get #here(): Buffer {
    const here = this.#parts[this.#part]
    if (here === undefined) throw new RangeError('a record ends in the middle')
    return here
  }

  #onward(): void {
    while (this.#place >= this.#here.length) {
      this.#part++
      this.#place = 0
    }
  }

  byte(): number {
    this.#onward()
    return this.#here[this.#place++] ?? 0
  }
  word(): number {
    return this.byte() | (this.byte() << 8)
  }
  long(): number {
    return (this.word() | (this.word() << 16)) >>> 0
  }
  skip(bytes: number): void {
    for (let left = bytes; left > 0; ) {
      this.#onward()
      const step = Math.min(left, this.#here.length - this.#place)
      this.#place += step
      left -= step
    }
  }

  characters(count: number, flags: number): string {
    let [text, left, width] = ['', count, (flags & 1) + 1]
    while (left > 0) {
      if (this.#place >= this.#here.length) {
        this.#onward()
        width = (this.byte() & 1) + 1
        continue
      }
      const step = Math.min(left, Math.floor((this.#here.length - this.#place) / width))
      if (step === 0) throw new RangeError('a text is cut in the middle of a character')
      const bytes = this.#here.subarray(this.#place, this.#place + step * width)
      text += width === 2 ? bytes.toString('utf16le') : bytes.toString('latin1')
      this.#place += step * width
      left -= step
    }
    return text
  }

  /** A text with its formats and phonetic settings, which are skipped ([MS-XLS] 2.5.293, 2.5.294). */
  text(): string {
    const count = this.word()
    const flags = this.byte()
    const runs = (flags & 8) !== 0 ? this.word() : 0
    const more = (flags & 4) !== 0 ? this.long() : 0
    const text = this.characters(count, flags)
    this.skip(runs * 4 + more)
    return text
  }
}
