import { hasMark, type LineEnd, readEachLine } from '../records/lines.ts'
import type { RecordOutput } from '../records/output.ts'
import type { KnownColumns } from './columns.ts'
import { firstBadByte, shownRecord } from './faults.ts'
import { recordReader } from './record.ts'

/** What was seen of a file of JSON lines. */
export interface SeenLines {
  /** Objects that were written, lines that were refused, and those that hold nothing. */
  readonly records: number
  readonly refused: number
  readonly blank: number
  readonly lineEnd: LineEnd
  /** Objects that stand on a line behind another, and marks of byte order that stand before one. */
  readonly sharing: number
  readonly marks: number
  /** Bytes of the longest record as it was written. */
  readonly longest: number
}

/**
 * Reads lines of JSON objects. A line that is broken anywhere is refused whole; two objects on one line are two records, whose row is the
 * line. What comes is UTF-8, or a line of it is refused.
 */
export async function readLines(pieces: AsyncIterable<Uint8Array>, columns: KnownColumns, output: RecordOutput): Promise<SeenLines> {
  const reader = recordReader(columns, output.records)
  const seen = { records: 0, refused: 0, blank: 0, sharing: 0, marks: 0 }

  function refuse(row: number, text: Buffer, fault: Parameters<typeof shownRecord>[1]): void {
    seen.refused++
    output.refuse({ row, ...shownRecord(text, fault) })
  }

  const lineEnd = await readEachLine(pieces, {
    line(bytes, start, to, row, isUtf8) {
      if (!isUtf8) {
        const text = bytes.subarray(start, to)
        refuse(row, text, { fault: 'encoding', at: firstBadByte(text) })
        return
      }
      // Files that were joined have one before the first line of each.
      const isMarked = hasMark(bytes, start)
      const count = reader.read(bytes, isMarked ? start + 3 : start, to, row)
      if (typeof count !== 'number') {
        refuse(row, bytes.subarray(start, to), { ...count, at: count.at - start })
        return
      }
      if (isMarked) seen.marks++
      if (count === 0) seen.blank++
      else seen.sharing += count - 1
      seen.records += count
    },
    long: (beginning, row) => refuse(row, beginning, { fault: 'size', at: 0 }),
    flush: () => output.flush(),
  })
  return { ...seen, lineEnd, longest: reader.longest() }
}
