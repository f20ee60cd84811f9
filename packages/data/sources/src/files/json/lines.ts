import { isUtf8 } from 'node:buffer'
import type { RecordOutput } from '../records/output.ts'
import { carriageReturn, lineFeed } from './characters.ts'
import type { KnownColumns } from './columns.ts'
import { firstBadByte, keptOfLong, longestRecord, type Refusal, shownRecord } from './faults.ts'
import { type RecordFault, recordReader } from './record.ts'
import { emptyWindow, takeIn } from './window.ts'

/** What was seen of a file of JSON lines. */
export interface SeenLines {
  /** Objects that were written, lines that were refused, and those that hold nothing. */
  readonly records: number
  readonly refused: number
  readonly blank: number
  readonly lineEnd: 'lf' | 'crlf' | 'cr' | 'mixed' | 'none'
  /** Objects that stand on a line behind another, and marks of byte order that stand before one. */
  readonly sharing: number
  readonly marks: number
  /** Bytes of the longest record as it was written. */
  readonly longest: number
}

const mark = Buffer.of(0xef, 0xbb, 0xbf)

/**
 * Reads lines of JSON objects. A line that is broken anywhere is refused whole; two objects on one line are two records, whose row is the
 * line. What comes is UTF-8, or a line of it is refused.
 */
export async function readLines(pieces: AsyncIterable<Uint8Array>, columns: KnownColumns, output: RecordOutput): Promise<SeenLines> {
  const window = emptyWindow()
  const reader = recordReader(columns, output.records)
  const seen = { records: 0, refused: 0, blank: 0, sharing: 0, marks: 0 }
  let row = 0
  let end: number | undefined
  const ends = { lf: 0, crlf: 0, cr: 0 }
  /** The beginning of a line that is too long to be kept; its end is waited for. */
  let tooLong: Buffer | undefined

  function refuse(text: Buffer, fault: Omit<RecordFault, 'fault'> & { readonly fault: Refusal }): void {
    seen.refused++
    output.refuse({ row, ...shownRecord(text, fault) })
  }

  function readLine(start: number, stop: number, isText: boolean): void {
    row++
    const { bytes } = window
    let from = start
    if (bytes[from] === mark[0] && mark.equals(bytes.subarray(from, from + 3))) {
      from += 3
      if (row > 1) seen.marks++
    }
    const text = isText ? undefined : bytes.subarray(from, stop)
    if (text !== undefined && !isUtf8(text)) refuse(text, { fault: 'encoding', at: firstBadByte(text) })
    else {
      const count = reader.read(bytes, from, stop, row)
      if (typeof count === 'number') {
        if (count === 0) seen.blank++
        else seen.sharing += count - 1
        seen.records += count
      } else refuse(bytes.subarray(from, stop), { ...count, at: count.at - from })
    }
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
      if (tooLong === undefined) readLine(window.from, at, isText)
      else {
        row++
        refuse(tooLong, { fault: 'long', at: 0 })
        tooLong = undefined
      }
      window.from = Math.min(at + 1, window.to)
    }
    if (window.to - window.from > longestRecord) {
      tooLong ??= Buffer.from(bytes.subarray(window.from, window.from + keptOfLong))
      window.from = window.to
    }
  }

  for await (const piece of pieces) {
    takeIn(window, piece)
    readWhole(false)
    await output.flush()
  }
  readWhole(true)
  if (tooLong !== undefined) {
    row++
    refuse(tooLong, { fault: 'long', at: 0 })
  }
  return { ...seen, lineEnd: lineEndSeen(ends), longest: reader.longest() }
}

/** JSON has no such byte inside of a string: a file without line feeds whose carriage returns part its lines has those. */
function lineEndOf(bytes: Buffer, isAll: boolean): number | undefined {
  if (bytes.includes(lineFeed)) return lineFeed
  const firstReturn = bytes.indexOf(carriageReturn)
  if (firstReturn !== -1 && firstReturn < bytes.length - 1) return carriageReturn
  return isAll || bytes.length > longestRecord ? lineFeed : undefined
}

function lineEndSeen({ lf, crlf, cr }: { readonly lf: number; readonly crlf: number; readonly cr: number }): SeenLines['lineEnd'] {
  if (cr > 0) return 'cr'
  if (lf > 0 && crlf > 0) return 'mixed'
  return lf > 0 ? 'lf' : crlf > 0 ? 'crlf' : 'none'
}
