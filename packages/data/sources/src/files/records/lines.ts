import { isUtf8 } from 'node:buffer'
import { emptyWindow, takeIn } from './window.ts'

/** How the lines of a file end. */
export type LineEnd = 'lf' | 'crlf' | 'cr' | 'mixed' | 'none'

/** What is done with the lines of a file. */
export interface Lines {
  /** One byte behind `to` may be written over for as long as this runs. A carriage return before a line feed is part of the line. */
  line(bytes: Buffer, from: number, to: number, row: number, isUtf8: boolean): void
  /** A line that is longer than `longest`: its beginning. */
  long(beginning: Buffer, row: number): void
  /** Between two pieces. */
  flush(): Promise<void>
}

/** Bytes of a line that is read at all. */
export const longestLine = 64 << 20
/** What is kept of one that is longer. */
export const keptOfLong = 65_536

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/** The mark of byte order, as UTF-8 has it. */
export const mark = Buffer.of(0xef, 0xbb, 0xbf)

/** Whether it stands at this place. */
export const hasMark = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === mark[0] && bytes[at + 1] === mark[1] && bytes[at + 2] === mark[2]

/** Reads the lines of a text one by one, in flat memory. Lines are numbered from 1; the mark of byte order before the first is left out. */
export async function readEachLine(pieces: AsyncIterable<Uint8Array>, lines: Lines): Promise<LineEnd> {
  const window = emptyWindow()
  let row = 0
  let end: number | undefined
  const ends = { lf: 0, crlf: 0, cr: 0 }
  /** The beginning of a line that is too long to be kept; its end is waited for. */
  let tooLong: Buffer | undefined

  function endLine(from: number, to: number, isText: boolean): void {
    row++
    if (tooLong !== undefined) lines.long(tooLong, row)
    else
      lines.line(
        window.bytes,
        row === 1 && hasMark(window.bytes, from) ? from + 3 : from,
        to,
        row,
        isText || isUtf8(window.bytes.subarray(from, to)),
      )
    tooLong = undefined
  }

  /** Reads the lines that are there whole; behind the last piece, also one without an end. */
  function readWhole(isLast: boolean): void {
    const { bytes } = window
    end ??= lineEndOf(bytes.subarray(window.from, window.to), isLast)
    if (end === undefined) return
    const last = bytes.subarray(0, window.to).lastIndexOf(end)
    const stop = isLast ? window.to : last + 1
    const isText = isUtf8(bytes.subarray(window.from, Math.max(window.from, stop)))
    while (window.from < stop) {
      const at = window.from <= last ? bytes.indexOf(end, window.from) : stop
      if (at < stop) ends[end === carriageReturn ? 'cr' : bytes[at - 1] === carriageReturn && at > window.from ? 'crlf' : 'lf']++
      endLine(window.from, at, isText)
      window.from = Math.min(at + 1, window.to)
    }
    if (window.to - window.from <= longestLine && tooLong === undefined) return
    tooLong ??= Buffer.from(bytes.subarray(window.from, window.from + keptOfLong))
    window.from = window.to
  }

  for await (const piece of pieces) {
    takeIn(window, piece)
    readWhole(false)
    await lines.flush()
  }
  readWhole(true)
  if (tooLong !== undefined) endLine(window.to, window.to, true)
  return lineEndSeen(ends)
}

/** A file without line feeds whose carriage returns part its lines has those. */
function lineEndOf(bytes: Buffer, isAll: boolean): number | undefined {
  if (bytes.includes(lineFeed)) return lineFeed
  const firstReturn = bytes.indexOf(carriageReturn)
  if (firstReturn !== -1 && firstReturn < bytes.length - 1) return carriageReturn
  return isAll || bytes.length > longestLine ? lineFeed : undefined
}

function lineEndSeen({ lf, crlf, cr }: { readonly lf: number; readonly crlf: number; readonly cr: number }): LineEnd {
  if (cr > 0) return 'cr'
  if (lf > 0 && crlf > 0) return 'mixed'
  return lf > 0 ? 'lf' : crlf > 0 ? 'crlf' : 'none'
}
