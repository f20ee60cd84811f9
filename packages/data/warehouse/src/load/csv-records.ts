import { NotStraight } from './not-straight.ts'

/** Takes one record: its bytes are `bytes` from `start` to `end`, without the line end; the cell at a place ends at `ends[place]`. */
export type TakeRecord = (bytes: Buffer, start: number, end: number, ends: Int32Array) => void

const [quote, comma, lf, cr] = [0x22, 0x2c, 0x0a, 0x0d]

/**
 * Cuts bytes of CSV into records as COPY does: any quote begins or ends a quoted part, a comma or line end within is text. Tells where the
 * first `cells` of them end; that each has the right number is left to COPY. Records without quotes, and engines write quotes only where
 * they must, are found by the line end alone: 1.5 GB/s, against 300 MB/s where each byte is looked at.
 * @throws NotStraight where lines end otherwise than with LF, hold NUL, or lack cells that are asked for
 */
export class CsvRecords {
  readonly #cells: number
  readonly #take: TakeRecord
  readonly #ends: Int32Array

  constructor(cells: number, take: TakeRecord) {
    this.#cells = cells
    this.#take = take
    this.#ends = new Int32Array(cells)
  }

  /** Takes whole records. Answers where the first begins that does not end here. */
  cut(bytes: Buffer): number {
    if (bytes.includes(0)) throw new NotStraight('the file holds NUL characters')
    let nextQuote = placeOf(bytes, quote, 0)
    let nextCr = placeOf(bytes, cr, 0)
    let start = 0
    for (;;) {
      let end = placeOf(bytes, lf, start)
      if (end > nextQuote) end = recordEnd(bytes, start)
      if (end === bytes.length) return start
      if (nextCr < end) {
        if (nextCr < nextQuote || hasPlainCr(bytes, start, end)) throw new NotStraight('lines do not end with LF alone')
        nextCr = placeOf(bytes, cr, end)
      }
      this.#findCells(bytes, start, end, nextQuote < end)
      this.#take(bytes, start, end, this.#ends)
      start = end + 1
      if (nextQuote < end) nextQuote = placeOf(bytes, quote, start)
    }
  }

  #findCells(bytes: Buffer, start: number, end: number, hasQuotes: boolean): void {
    const [ends, cells] = [this.#ends, this.#cells]
    let place = 0
    let isQuoted = false
    for (let at = start; place < cells && at < end; at++) {
      const byte = bytes[at]
      if (byte === comma && !isQuoted) ends[place++] = at
      else if (hasQuotes && byte === quote) isQuoted = !isQuoted
    }
    if (place < cells) ends[place++] = end
    if (place < cells) throw new NotStraight('a record has fewer cells than columns')
  }
}

/** The length of all where there is none. */
function placeOf(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from)
  return at < 0 ? bytes.length : at
}

function recordEnd(bytes: Buffer, start: number): number {
  let isQuoted = false
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) isQuoted = !isQuoted
    else if (byte === lf && !isQuoted) return at
  }
  return bytes.length
}

function hasPlainCr(bytes: Buffer, start: number, end: number): boolean {
  let isQuoted = false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === quote) isQuoted = !isQuoted
    else if (byte === cr && !isQuoted) return true
  }
  return false
}
