import type { Dialect } from '../dialect.ts'
import type { Provable, Written } from '../provable.ts'
import type { Walker } from '../walk.ts'

const [lf, cr, minus, point, colon, space] = [0x0a, 0x0d, 0x2d, 0x2e, 0x3a, 0x20]
const [zero, nine, upperT, upperZ] = [0x30, 0x39, 0x54, 0x5a]
const kinds = ['text', 'integer', 'decimal', 'double', 'boolean', 'date', 'timestamp'] as const
const [text, integer, decimal, double, boolean, date, timestamp] = [0, 1, 2, 3, 4, 5, 6]
const [bytesOfDay, bytesToSecond] = [10, 19]
const daysOfMonth = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
/** Two bytes that are digits -> the number that they are; 100 for others. One look at it takes the place of four comparisons. */
const pairs = new Uint8Array(0x10000).fill(100)
for (let each = 0; each < 100; each++) pairs[((zero + Math.floor(each / 10)) << 8) | (zero + (each % 10))] = each

/** What `walkerOf` gives, byte by byte: the walk is held against it. Its pieces end with a line feed. */
export function plainWalkerOf(dialect: Dialect, columns: readonly (Provable | undefined)[]): Walker {
  const width = columns.length
  const delimiter = dialect.delimiter.charCodeAt(0)
  const quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0)
  const comment = dialect.comment === '' ? -1 : (Buffer.from(dialect.comment)[0] ?? -1)
  const highest = Math.max(delimiter, quote, lf, cr)
  const proved = Uint8Array.from(columns, (column) => (column === undefined ? 0 : 1))
  const kindOf = Uint8Array.from(columns, (column) => (column === undefined ? text : kinds.indexOf(column.written.kind)))
  const most = Float64Array.from(columns, (column) => limitOf(column?.written))
  const before = Uint8Array.from(columns, (column) => digitsOf(column?.written).before)
  const behind = Uint8Array.from(columns, (column) => digitsOf(column?.written).behind)
  const walker: Walker = {
    over: (piece) => (from) => walk(piece, from),
    lines: 0,
    longest: 0,
    quoted: false,
    lineEnd: '',
    names: undefined,
    proved,
  }

  /** @returns behind the last byte of a text as it is to be written, or `at` where another one stands */
  function behindText(piece: Uint8Array, view: DataView, at: number, column: number): number {
    switch (kindOf[column]) {
      case integer: {
        const first = piece[at] === minus ? at + 1 : at
        let to = first
        let value = 0
        let digit = (piece[to] as number) - zero
        while (digit >= 0 && digit <= 9) {
          value = value * 10 + digit
          digit = (piece[++to] as number) - zero
        }
        return to > first && to - first <= 18 && value <= (most[column] as number) ? to : at
      }
      case decimal:
      case double: {
        const first = piece[at] === minus ? at + 1 : at
        let to = behindDigits(piece, first)
        if (to === first || to - first > (before[column] as number)) return at
        if (piece[to] !== point) return to
        const fraction = to + 1
        to = behindDigits(piece, fraction)
        return to > fraction && to - fraction <= (behind[column] as number) ? to : at
      }
      case boolean: {
        if (at + 5 > piece.length) return at
        const word = view.getUint32(at)
        if (word === 0x74727565) return at + 4
        return word === 0x66616c73 && piece[at + 4] === 0x65 ? at + 5 : at
      }
      case date:
        return isDay(view, at) ? at + bytesOfDay : at
      case timestamp: {
        const between = piece[at + bytesOfDay]
        if ((between !== upperT && between !== space) || !isDay(view, at) || !isTime(view, at + bytesOfDay + 1)) return at
        let to = at + bytesToSecond
        if (piece[to] === point) {
          const fraction = to + 1
          to = behindDigits(piece, fraction)
          if (to === fraction || to - fraction > 6) return at
        }
        return piece[to] === upperZ ? to + 1 : at
      }
      default:
        return at
    }
  }

  function walk(piece: Uint8Array, from: number): number {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length)
    const { length } = piece
    const { names } = walker
    let [begin, at, column, longest, lines] = [from, from, 0, walker.longest, 0]
    while (at < length) {
      let byte = piece[at] as number
      if (proved[column] === 1) {
        const to = behindText(piece, view, at, column)
        byte = piece[to] as number
        // Most cells end here.
        if (byte === delimiter && column < width - 1 && (column > 0 || piece[at] !== comment)) {
          at = to + 1
          column++
          continue
        }
        if (byte === lf || byte === cr) at = to
        else {
          proved[column] = 0
          byte = piece[at] as number
        }
      }
      if (column === 0 && piece[begin] === comment) break
      if (byte === quote) {
        const end = behindQuotes(piece, at, quote)
        if (end === 0) break
        at = end
        byte = piece[at] as number
        proved[column] = 0
        walker.quoted = true
      } else {
        while (byte > highest || (byte !== delimiter && byte !== lf && byte !== cr && byte !== quote)) byte = piece[++at] as number
      }
      if (byte === delimiter) {
        if (++column === width) break
        at++
        continue
      }
      const isCr = byte === cr
      if (isCr) byte = piece[++at] as number
      const size = at - begin
      // A line without anything is not a record, nor is one that only has a CR.
      if (byte !== lf || column !== width - 1 || size === (isCr ? 1 : 0)) break
      const end = isCr ? '\r\n' : '\n'
      if (walker.lineEnd !== end) {
        if (walker.lineEnd !== '') break
        walker.lineEnd = end
      }
      if (names !== undefined && names.length === size && names.every((each, place) => piece[begin + place] === each)) break
      if (size > longest) longest = size
      lines++
      column = 0
      begin = ++at
    }
    walker.longest = longest
    walker.lines += lines
    return begin
  }

  return walker
}

function behindDigits(piece: Uint8Array, from: number): number {
  let at = from
  let byte = piece[at] as number
  while (byte >= zero && byte <= nine) byte = piece[++at] as number
  return at
}

/** A day of the years 1 to 9999 of the calendar. */
function isDay(view: DataView, at: number): boolean {
  if (at + bytesOfDay > view.byteLength) return false
  const year = view.getUint32(at)
  const month = view.getUint32(at + 4)
  if ((month & 0xff0000ff) !== 0x2d00002d) return false
  return fitsCalendar(
    pairs[year >>> 16] as number,
    pairs[year & 0xffff] as number,
    pairs[(month >>> 8) & 0xffff] as number,
    pairs[view.getUint16(at + 8)] as number,
  )
}

function fitsCalendar(century: number, ofCentury: number, month: number, day: number): boolean {
  if (century > 99 || ofCentury > 99 || century + ofCentury === 0 || month > 12 || day === 0) return false
  if (day <= (daysOfMonth[month] as number)) return true
  return month === 2 && day === 29 && (ofCentury === 0 ? century : ofCentury) % 4 === 0
}

function isTime(view: DataView, at: number): boolean {
  if (at + 8 > view.byteLength || view.getUint8(at + 2) !== colon || view.getUint8(at + 5) !== colon) return false
  return (pairs[view.getUint16(at)] as number) < 24 && isSixtieth(view, at + 3) && isSixtieth(view, at + 6)
}

const isSixtieth = (view: DataView, at: number): boolean => (pairs[view.getUint16(at)] as number) < 60

/** Behind the quote that closes; 0 where it does not stand in the line, or not in the piece. */
function behindQuotes(piece: Uint8Array, at: number, quote: number): number {
  for (let to = at + 1; to < piece.length; to++) {
    const byte = piece[to]
    if (byte === lf || byte === cr) return 0
    if (byte !== quote) continue
    if (piece[to + 1] !== quote) return to + 1
    to++
  }
  return 0
}

const limitOf = (written: Written | undefined): number =>
  (written?.kind === 'integer' ? written.most : undefined) ?? Number.POSITIVE_INFINITY

const digitsOf = (written: Written | undefined): { readonly before: number; readonly behind: number } =>
  written !== undefined && 'before' in written ? written : { before: 0, behind: 0 }
