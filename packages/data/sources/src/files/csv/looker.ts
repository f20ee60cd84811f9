import { isUtf8 } from 'node:buffer'
import { mark } from '../records/lines.ts'
import type { Dialect, Layout } from './dialect.ts'
import type { Provable } from './provable.ts'
import { walkerOf } from './walk.ts'

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
      /** Of each column whether all its texts are written as was asked (`Provable`). */
      readonly proved: readonly boolean[]
    }
  | { readonly plain: false; readonly why: Why; readonly line: number }

/** Why a text is not plain: what was met first. */
export type Why = 'layout' | 'dialect' | 'cells' | 'quote' | 'line' | 'encoding' | 'nul' | 'blank' | 'comment' | 'header' | 'mark'

const longestNames = 1024 * 1024
const [lf, cr, nul] = [0x0a, 0x0d, 0x00]

/** Looks at a text piece by piece, or at a part of one from the beginning of a line on. */
export interface Looker {
  /** `undefined` while nothing speaks against the text. */
  look(piece: Buffer): Why | undefined
  /** Lines that were looked at to their end. */
  lines(): number
  /** @param isLast whether the text ends here, and not the part alone */
  end(isLast: boolean): Survey
}

/** @param columns how the texts of each may be found to be written @param names of a part behind it: the line that names the columns */
export function lookerFor(
  dialect: Dialect,
  layout: Layout,
  columns: readonly (Provable | undefined)[] = [],
  names?: Uint8Array,
): Looker | Extract<Survey, { plain: false }> {
  if (layout.skip > 0 || layout.trailing || layout.width === 0) return { plain: false, why: 'layout', line: 1 }
  return lookerOf(dialect, layout, columns, names) ?? { plain: false, why: 'dialect', line: 1 }
}

/** `start`: of a cell. `bare`: in one without quotes. `within` quotes. `behind`: that quote may end the cell. `return`: a CR was met. */
type State = 'start' | 'bare' | 'within' | 'behind' | 'return'

function lookerOf(
  dialect: Dialect,
  { width, header }: Layout,
  columns: readonly (Provable | undefined)[],
  names: Uint8Array | undefined,
): Looker | undefined {
  const delimiter = byteOf(dialect.delimiter)
  const quote = dialect.quote === '' ? -1 : byteOf(dialect.quote)
  const comment = dialect.comment === '' ? -1 : Buffer.from(dialect.comment)[0]
  // Where a quote within quotes is marked by another character, cells are taken apart here alone.
  const doubled = dialect.quote === '' || dialect.escape === dialect.quote
  if (delimiter === undefined || quote === undefined || !doubled || delimiter === lf || delimiter === cr) return undefined
  const walker = walkerOf(
    dialect,
    Array.from({ length: width }, (_, at) => columns[at]),
  )
  walker.names = names
  const headers = header && names === undefined ? 1 : 0
  let state: State = 'start'
  let [cells, lineBegin, read] = [0, 0, 0]
  let why: Why | undefined
  let blanks = 0
  /** Of a line that goes on: its beginning. */
  let [current, tail]: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]

  /** Whether the line that ends at `at` names the columns once more. Remembers the first one. */
  const isHeader = (at: number, length: number): boolean => {
    const { names } = walker
    if (!header || (names !== undefined && names.length !== length)) return false
    const line = at >= length ? current.subarray(at - length, at) : Buffer.concat([tail, current.subarray(0, at)]).subarray(-length)
    if (names !== undefined) return length > 0 && line.equals(names)
    walker.names = Buffer.from(line)
    return false
  }

  const endLine = (at: number, end: '\n' | '\r\n'): boolean => {
    const length = read + at - lineBegin
    lineBegin = read + at + 1
    if (walker.lineEnd !== end) {
      if (walker.lineEnd !== '') why = 'line'
      walker.lineEnd = end
    }
    const isBlank = length < end.length
    if (isBlank && width > 1) {
      blanks++
      return why === undefined
    }
    const isFirst = header && walker.names === undefined
    // Lines without anything at the end of a text are none; DuckDB passes over them.
    if (blanks > 0 || isBlank) why = 'blank'
    else if (cells !== width) why = 'cells'
    else if (isHeader(at, length)) why = 'header'
    if (length > walker.longest) walker.longest = length
    walker.lines++
    if (!isFirst) walker.proved.fill(0)
    return why === undefined
  }

  function look(piece: Buffer): Why | undefined {
    if (piece.includes(nul)) return 'nul'
    if (!isUtf8(piece)) return 'encoding'
    for (let at = piece.indexOf(mark); at !== -1; at = piece.indexOf(mark, at + mark.length))
      if (at === 0 ? lineBegin === read : piece[at - 1] === lf) return 'mark'
    const lastEnd = piece.lastIndexOf(lf) + 1
    const walk = walker.over(piece.subarray(0, lastEnd))
    for (let at = 0; at < piece.length; ) {
      const isAtLine = lineBegin === read && blanks === 0 && (!header || walker.names !== undefined)
      const next = isAtLine && at < lastEnd ? walk(at) : at
      if (next > at) {
        read += next - at
        lineBegin = read
        at = next
        continue
      }
      const end = piece.indexOf(lf, at) + 1 || piece.length
      const found = lookAtLine(piece.subarray(at, end))
      if (found !== undefined) return found
      at = end
    }
    return undefined
  }

  function lookAtLine(line: Buffer): Why | undefined {
    current = line
    const found = lookAtEach(line)
    if (found !== undefined) return found
    read += line.length
    // A line so long names no columns once more that matters.
    tail = Buffer.from(line.subarray(Math.max(0, line.length - Math.min(read - lineBegin, longestNames))))
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
          walker.quoted = true
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

  /** A last line without an end is held against what its columns were to be once more, with one. */
  function judgeOpenLine(): void {
    const line = Buffer.concat([tail, Buffer.from(walker.lineEnd === '' ? '\n' : walker.lineEnd)])
    if (tail.length !== read - lineBegin || walker.over(line)(0) < line.length) walker.proved.fill(0)
  }

  function end(isLast: boolean): Survey {
    const open = read > lineBegin
    const [{ lines, lineEnd, quoted }, line] = [walker, walker.lines + 1]
    if ((open || !isLast) && blanks > 0) return { plain: false, why: 'blank', line }
    if (open && isHeader(current.length, read - lineBegin)) return { plain: false, why: 'header', line }
    if (state === 'within') return { plain: false, why: 'quote', line }
    if (state === 'return') return { plain: false, why: 'line', line }
    if (open && cells + 1 !== width) return { plain: false, why: 'cells', line }
    if (open) judgeOpenLine()
    const longest = Math.max(walker.longest, read - lineBegin)
    const records = Math.max(0, lines + (open ? 1 : 0) - headers)
    return { plain: true, records, lineEnd, longest, quoted, proved: Array.from(walker.proved, (each) => each === 1) }
  }

  return { look, lines: () => walker.lines, end }
}

/** A delimiter or a quote of one byte. */
function byteOf(text: string): number | undefined {
  const bytes = Buffer.from(text)
  return bytes.length === 1 ? bytes[0] : undefined
}
