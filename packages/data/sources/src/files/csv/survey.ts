import { isUtf8 } from 'node:buffer'
import type { TextFile } from '../bytes/text-file.ts'
import { openFile } from '../folder/open-file.ts'
import type { Dialect, Layout } from './dialect.ts'

/**
 * What a text is found to be when each byte of it was looked at.
 *
 * `plain`: each record stands in one line and has the same number of cells, quotes stand around whole cells, all lines end alike, and the
 * text is UTF-8 without NUL. Only of such a text two readers say the same, and DuckDB may cut it anywhere to read it in parallel. Whatever
 * else a text is, `rewrite` reads it.
 */
export type Survey =
  | {
      readonly plain: true
      readonly records: number
      readonly lineEnd: '\n' | '\r\n' | ''
      readonly longest: number
      readonly quoted: boolean
    }
  | { readonly plain: false; readonly why: Why; readonly line: number }

/** Why a text is not plain: what was met first. */
export type Why = 'layout' | 'dialect' | 'cells' | 'quote' | 'line' | 'encoding' | 'nul' | 'blank' | 'comment' | 'header'

const pieceBytes = 1024 * 1024
const [lf, cr, nul] = [0x0a, 0x0d, 0x00]

/** Looks at each byte of a text, in flat memory. */
export async function survey(text: TextFile, dialect: Dialect, layout: Layout, signal: AbortSignal | undefined): Promise<Survey> {
  const first = layout.header ? 1 : 0
  const looker = lookerFor(dialect, layout)
  if ('plain' in looker) return looker
  await using handle = await openFile(text.path)
  // Many files are small, and room that is not needed is the work of the garbage collector.
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, text.bytes + 16))
  // The bytes of a character that the end of a piece cuts are looked at with the next one.
  let kept = 0
  for (let position = text.start; ; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, position)
    position += bytesRead
    const length = kept + bytesRead
    const isLast = bytesRead === 0
    const end = isLast ? length : length - cutCharacter(buffer, length)
    const why = whyNot(looker, buffer.subarray(0, end))
    if (why !== undefined) return { plain: false, why, line: looker.line() }
    if (isLast) return looker.end(first)
    buffer.copyWithin(0, end, length)
    kept = length - end
  }
}

/** The same of a text that is at hand as a whole. */
export function surveyBytes(text: Buffer, dialect: Dialect, layout: Layout): Survey {
  const looker = lookerFor(dialect, layout)
  if ('plain' in looker) return looker
  const why = whyNot(looker, text)
  return why === undefined ? looker.end(layout.header ? 1 : 0) : { plain: false, why, line: looker.line() }
}

function lookerFor(dialect: Dialect, layout: Layout): Looker | Extract<Survey, { plain: false }> {
  if (layout.skip > 0 || layout.trailing || layout.width === 0) return { plain: false, why: 'layout', line: 1 }
  return lookerOf(dialect, layout) ?? { plain: false, why: 'dialect', line: 1 }
}

function whyNot(looker: Looker, piece: Buffer): Why | undefined {
  if (piece.includes(nul)) return 'nul'
  return isUtf8(piece) ? looker.look(piece) : 'encoding'
}

/** How many bytes at the end begin a character that goes on behind it. */
export function cutCharacter(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

/** `start`: of a cell. `bare`: in one without quotes. `within` quotes. `behind`: that quote may end the cell. `return`: a CR was met. */
type State = 'start' | 'bare' | 'within' | 'behind' | 'return'

interface Looker {
  look(piece: Buffer): Why | undefined
  line(): number
  end(headers: number): Survey
}

function lookerOf(dialect: Dialect, { width, header }: Layout): Looker | undefined {
  const delimiter = byteOf(dialect.delimiter)
  const quote = dialect.quote === '' ? -1 : byteOf(dialect.quote)
  const comment = dialect.comment === '' ? -1 : Buffer.from(dialect.comment)[0]
  // Where a quote within quotes is marked by another character, cells are taken apart here alone.
  const doubled = dialect.quote === '' || dialect.escape === dialect.quote
  if (delimiter === undefined || quote === undefined || !doubled || delimiter === lf || delimiter === cr) return undefined
  let state: State = 'start'
  let [cells, lines, lineBegin, longest, read] = [0, 0, 0, 0, 0]
  let lineEnd: '\n' | '\r\n' | '' = ''
  let quoted = false
  let why: Why | undefined
  let blanks = 0
  /** The line that names the columns, with its line end but for the last byte of it, and how much of such a line the piece before has. */
  let names: Buffer | undefined
  let [current, tail]: [Uint8Array, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]

  /** Whether the line that ends at `at` names the columns once more. Remembers the first one. */
  const isHeader = (at: number, length: number): boolean => {
    if (!header || (names !== undefined && names.length !== length)) return false
    const line = at >= length ? current.subarray(at - length, at) : Buffer.concat([tail, current.subarray(0, at)]).subarray(-length)
    if (names !== undefined) return length > 0 && names.equals(line)
    names = Buffer.from(line)
    return false
  }

  const endLine = (at: number, end: '\n' | '\r\n'): boolean => {
    const length = read + at - lineBegin
    lineBegin = read + at + 1
    if (lineEnd !== end) {
      if (lineEnd !== '') why = 'line'
      lineEnd = end
    }
    const isBlank = length < end.length
    if (isBlank && width > 1) {
      blanks++
      return why === undefined
    }
    // Lines without anything at the end of a text are none; DuckDB passes over them.
    if (blanks > 0 || isBlank) why = 'blank'
    else if (cells !== width) why = 'cells'
    else if (isHeader(at, length)) why = 'header'
    if (length > longest) longest = length
    lines++
    return why === undefined
  }

  /** A piece without quotes and carriage returns, as most are, in which they need not be looked for at each byte. */
  function lookBetween(piece: Uint8Array): Why | undefined {
    const length = piece.length
    const highest = Math.max(delimiter as number, lf)
    // What changes at each byte stands in variables of the loop: those that functions share are slower.
    let count = cells
    for (let at = 0; at < length; at++) {
      const byte = piece[at] as number
      if (byte > highest) continue
      if (byte === delimiter) count++
      else if (byte === lf) {
        count++
        const size = read + at - lineBegin
        const isUsual =
          count === width && lineEnd === '\n' && blanks === 0 && size > 0 && (!header || (names !== undefined && names.length !== size))
        if (isUsual) {
          lineBegin = read + at + 1
          if (size > longest) longest = size
          lines++
        } else {
          cells = count
          if (!endLine(at, '\n')) return why
        }
        count = 0
      }
    }
    cells = count
    const last = piece[length - 1]
    if (last !== undefined) state = last === delimiter || last === lf ? 'start' : 'bare'
    return undefined
  }

  function look(piece: Buffer): Why | undefined {
    current = piece
    const isBetween = state === 'start' || state === 'bare'
    const found =
      isBetween && comment === -1 && !piece.includes(cr) && (quote === -1 || !piece.includes(quote as number))
        ? lookBetween(piece)
        : lookAtEach(piece)
    if (found !== undefined) return found
    read += piece.length
    // Of a line that goes on in the next piece; a line so long names no columns once more that matters.
    tail = Buffer.from(piece.subarray(Math.max(0, piece.length - Math.min(read - lineBegin, pieceBytes))))
    return undefined
  }

  function lookAtEach(piece: Uint8Array): Why | undefined {
    const length = piece.length
    let at = 0
    while (at < length) {
      if (state === 'bare') {
        let byte = 0
        while (at < length) {
          byte = piece[at] as number
          if (byte === delimiter || byte === lf || byte === cr || byte === quote) break
          at++
        }
        if (at === length) break
        if (byte === delimiter) {
          cells++
          state = 'start'
        } else if (byte === quote) return 'quote'
        else if (byte === cr) state = 'return'
        else {
          cells++
          if (!endLine(at, '\n')) return why
          cells = 0
          state = 'start'
        }
        at++
      } else if (state === 'start') {
        const byte = piece[at] as number
        if (byte === comment && cells === 0) return 'comment'
        if (byte === quote) {
          quoted = true
          state = 'within'
          at++
        } else if (byte === delimiter) {
          cells++
          at++
        } else state = 'bare'
      } else if (state === 'within') {
        let byte = 0
        while (at < length) {
          byte = piece[at] as number
          if (byte === quote || byte === lf || byte === cr) break
          at++
        }
        if (at === length) break
        if (byte !== quote) return 'line'
        state = 'behind'
        at++
      } else if (state === 'behind') {
        const byte = piece[at] as number
        if (byte === quote) state = 'within'
        else if (byte === delimiter) {
          cells++
          state = 'start'
        } else if (byte === cr) state = 'return'
        else if (byte === lf) {
          cells++
          if (!endLine(at, '\n')) return why
          cells = 0
          state = 'start'
        } else return 'quote'
        at++
      } else {
        if (piece[at] !== lf) return 'line'
        cells++
        if (!endLine(at, '\r\n')) return why
        cells = 0
        state = 'start'
        at++
      }
    }
    return undefined
  }

  function end(headers: number): Survey {
    const open = read > lineBegin
    if (open && blanks > 0) return { plain: false, why: 'blank', line: lines + 1 }
    if (open && isHeader(current.length, read - lineBegin)) return { plain: false, why: 'header', line: lines + 1 }
    if (state === 'within') return { plain: false, why: 'quote', line: lines + 1 }
    if (state === 'return') return { plain: false, why: 'line', line: lines + 1 }
    if (open && cells + 1 !== width) return { plain: false, why: 'cells', line: lines + 1 }
    longest = Math.max(longest, read - lineBegin)
    const records = Math.max(0, lines + (open ? 1 : 0) - headers)
    return { plain: true, records, lineEnd, longest, quoted }
  }

  return { look, line: () => lines + 1, end }
}

/** A delimiter or a quote of one byte. */
function byteOf(text: string): number | undefined {
  const bytes = Buffer.from(text)
  return bytes.length === 1 ? bytes[0] : undefined
}
