import type { Dialect, Layout } from './dialect.ts'
import type { Marks } from './marks.ts'

/**
 * `more`: the record goes on behind the bytes at hand. `mark`: a cell has a byte that was to be a mark. `quote`: text stands behind a quote
 * that closes. `unclosed`: the text ends within quotes. `comment` and `blank` are not records.
 */
export type Outcome = 'record' | 'few' | 'many' | 'nul' | 'quote' | 'unclosed' | 'comment' | 'blank' | 'more' | 'mark'

/** Takes records apart, one a call, and writes their cells between marks. What a call found stands in its fields. */
export interface RecordParser {
  /**
   * Reads the record at `begin`, and writes it at `outAt`: there is room for the bytes read and `roomBeside`.
   * `strict`: a quote in a cell that does not begin with one is an error.
   */
  parse(bytes: Uint8Array, length: number, begin: number, isLast: boolean, out: Uint8Array, outAt: number, strict: boolean): Outcome
  /** The line at which the next record begins. */
  line: number
  /** Behind the record and its line end; with `quote`, where the error is. */
  next: number
  /** Where the record ends, without its line end. */
  end: number
  /** Line ends within and behind the record. */
  lines: number
  /** Behind what was written. */
  outEnd: number
  /** Line ends behind records: 1 LF, 2 CR LF, 4 CR. */
  ends: number
  /** Cells behind whose closing quote spaces were left out. */
  padded: number
  /** Columns with a line end in a cell. */
  readonly broken: Uint8Array
}

/** The number of a line and two marks. */
export const roomBeside = 24

const [lf, cr, space, tab] = [0x0a, 0x0d, 0x20, 0x09]

export function recordParser(dialect: Dialect, layout: Pick<Layout, 'width' | 'trailing'>, marks: Marks): RecordParser {
  const delimiter = Buffer.from(dialect.delimiter)
  const first = delimiter[0] ?? -1
  const single = delimiter.length === 1
  const quote = dialect.quote === '' ? -1 : (Buffer.from(dialect.quote)[0] ?? -1)
  const escaping = dialect.escape === '' ? -1 : (Buffer.from(dialect.escape)[0] ?? -1)
  const doubled = escaping === quote
  const comment = Buffer.from(dialect.comment)
  const { width, trailing } = layout
  /** Bytes to be looked at; all others are text. */
  const special = new Uint8Array(256)
  for (const byte of [first, quote, escaping, lf, cr, 0, marks.cell, marks.lineFeed, marks.carriageReturn]) if (byte >= 0) special[byte] = 1

  const delimits = (bytes: Uint8Array, at: number): boolean => {
    for (let place = 1; place < delimiter.length; place++) if (bytes[at + place] !== delimiter[place]) return false
    return true
  }
  const isMark = (byte: number): boolean => byte === marks.cell || byte === marks.lineFeed || byte === marks.carriageReturn

  function parse(
    bytes: Uint8Array,
    length: number,
    begin: number,
    isLast: boolean,
    out: Uint8Array,
    outAt: number,
    strict: boolean,
  ): Outcome {
    let at = begin
    if (comment.length > 0 && bytes[at] === comment[0]) {
      const outcome = skipComment(bytes, length, begin, isLast)
      if (outcome !== undefined) return outcome
    }
    let to = writeNumber(out, outAt, parser.line)
    let [cells, lines, cellAt, byte] = [0, 0, 0, 0]
    let [nul, quoted] = [false, false]
    let ended = false
    while (!ended) {
      out[to++] = marks.cell
      cellAt = to
      if (bytes[at] === quote && at < length) {
        quoted = true
        at++
        for (;;) {
          if (at >= length) {
            if (!isLast) return 'more'
            parser.next = at
            return 'unclosed'
          }
          byte = bytes[at] as number
          if (special[byte] === 0) {
            out[to++] = byte
            at++
          } else if (byte === quote) {
            if (!doubled) {
              at++
              break
            }
            if (at + 1 >= length && !isLast) return 'more'
            if (at + 1 >= length || bytes[at + 1] !== quote) {
              at++
              break
            }
            out[to++] = quote
            at += 2
          } else if (byte === escaping) {
            if (at + 1 >= length && !isLast) return 'more'
            const next = bytes[at + 1] as number
            // Before another character it is text: C:\temp.
            if (at + 1 < length && (next === quote || next === escaping)) at++
            out[to++] = bytes[at] as number
            at++
          } else if (byte === lf) {
            out[to++] = marks.lineFeed
            if (cells < width) parser.broken[cells] = 1
            lines++
            at++
          } else if (byte === cr) {
            if (at + 1 >= length && !isLast) return 'more'
            out[to++] = marks.carriageReturn
            if (cells < width) parser.broken[cells] = 1
            if (at + 1 >= length || bytes[at + 1] !== lf) lines++
            at++
          } else if (byte === 0) {
            nul = true
            at++
          } else if (isMark(byte)) {
            return 'mark'
          } else {
            out[to++] = byte
            at++
          }
        }
        const behind = at
        while (
          at < length &&
          (bytes[at] === space || (bytes[at] === tab && first !== tab)) &&
          !(bytes[at] === first && delimits(bytes, at))
        )
          at++
        if (at > behind) parser.padded++
        if (at + (single ? 1 : delimiter.length) > length && !isLast) return 'more'
        cells++
        if (at >= length) ended = true
        else {
          byte = bytes[at] as number
          if (byte === first && (single || delimits(bytes, at))) at += delimiter.length
          else if (byte === lf || byte === cr) ended = true
          else {
            parser.next = at
            return 'quote'
          }
        }
      } else {
        for (;;) {
          if (at >= length) {
            if (!isLast) return 'more'
            ended = true
            break
          }
          byte = bytes[at] as number
          if (special[byte] === 0) {
            out[to++] = byte
            at++
          } else if (byte === first) {
            if (single) {
              at++
              break
            }
            if (at + delimiter.length > length && !isLast) return 'more'
            if (delimits(bytes, at)) {
              at += delimiter.length
              break
            }
            if (isMark(byte)) return 'mark'
            out[to++] = byte
            at++
          } else if (byte === lf || byte === cr) {
            ended = true
            break
          } else if (byte === quote && strict) {
            parser.next = at
            return 'quote'
          } else if (byte === escaping && quote === -1) {
            if (at + delimiter.length >= length && !isLast) return 'more'
            const next = at + 1 < length ? (bytes[at + 1] as number) : -1
            if (next === escaping || next === lf || next === cr || (next === first && delimits(bytes, at + 1))) at++
            byte = bytes[at] as number
            if (byte === lf || byte === cr) {
              if (byte === lf || bytes[at + 1] !== lf) lines++
              if (cells < width) parser.broken[cells] = 1
              out[to++] = byte === lf ? marks.lineFeed : marks.carriageReturn
            } else if (isMark(byte)) return 'mark'
            else out[to++] = byte
            at++
          } else if (byte === 0) {
            nul = true
            at++
          } else if (isMark(byte)) {
            return 'mark'
          } else {
            out[to++] = byte
            at++
          }
        }
        cells++
      }
    }
    parser.end = at
    if (at < length) {
      if (bytes[at] === lf) {
        parser.ends |= 1
        at++
      } else {
        if (at + 1 >= length && !isLast) return 'more'
        const both = at + 1 < length && bytes[at + 1] === lf
        parser.ends |= both ? 2 : 4
        at += both ? 2 : 1
      }
      lines++
    }
    parser.next = at
    parser.lines = lines
    if (cells === 1 && width !== 1 && !quoted && !nul && isBlank(out, cellAt, to)) return 'blank'
    if (trailing && cells === width + 1 && to === cellAt) {
      cells--
      to--
    }
    if (nul) return 'nul'
    if (cells !== width) return cells < width ? 'few' : 'many'
    out[to++] = lf
    parser.outEnd = to
    return 'record'
  }

  function skipComment(bytes: Uint8Array, length: number, begin: number, isLast: boolean): Outcome | undefined {
    if (begin + comment.length > length && !isLast) return 'more'
    for (let place = 1; place < comment.length; place++) if (bytes[begin + place] !== comment[place]) return undefined
    const next = behindLine(bytes, length, begin, isLast)
    if (next === undefined) return 'more'
    parser.next = next
    parser.lines = 1
    return 'comment'
  }

  const parser: RecordParser = {
    parse,
    line: 1,
    next: 0,
    end: 0,
    lines: 0,
    outEnd: 0,
    ends: 0,
    padded: 0,
    broken: new Uint8Array(Math.max(1, width)),
  }
  return parser
}

/** Behind the end of the line in which `from` stands. `undefined`: not within the bytes at hand. */
export function behindLine(bytes: Uint8Array, length: number, from: number, isLast: boolean): number | undefined {
  for (let at = from; at < length; at++) {
    if (bytes[at] === lf) return at + 1
    if (bytes[at] !== cr) continue
    if (at + 1 >= length && !isLast) return undefined
    return at + 1 < length && bytes[at + 1] === lf ? at + 2 : at + 1
  }
  return isLast ? length : undefined
}

function isBlank(out: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (out[at] !== space && out[at] !== tab) return false
  return true
}

function writeNumber(out: Uint8Array, at: number, number: number): number {
  let digits = 1
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits++
  for (let place = at + digits - 1, rest = number; place >= at; place--, rest = Math.floor(rest / 10)) out[place] = 0x30 + (rest % 10)
  return at + digits
}
