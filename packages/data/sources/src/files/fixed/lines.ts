import type { RowsFile } from '../isolated/rows/rows-file.ts'
import { hasMark, type LineEnd, readEachLine } from '../records/lines.ts'
import type { RecordOutput } from '../records/output.ts'
import { charactersOf, type Field } from './fields.ts'

export interface SeenFixed {
  readonly lineEnd: LineEnd
  readonly records: number
  readonly blank: number
  readonly comments: number
  /** Lines that end before the last field does. */
  readonly short: number
  /** Byte order marks before lines, where files were joined. */
  readonly marks: number
}

export interface FixedOptions {
  readonly fields: readonly Field[]
  readonly skip: number
  readonly comment: string | undefined
}

const [space, carriageReturn] = [0x20, 0x0d]

/** What each rule of a refused line says. */
export const fixedRefusals: Readonly<Record<string, string>> = {
  'record(encoding)': 'A byte of the line is not written in the encoding of the file.',
  'record(size)': 'The line is longer than 64 MiB.',
}

/**
 * Reads lines whose cells stand at fixed places; without `rows` they are only looked at. Spaces behind a cell are left out, and a cell of
 * spaces is NULL.
 */
export async function readFixed(
  pieces: AsyncIterable<Uint8Array>,
  { fields, skip, comment }: FixedOptions,
  rows: RowsFile | undefined,
  output: Pick<RecordOutput, 'refuse' | 'flush'>,
): Promise<SeenFixed> {
  const number = rows?.addColumn('_row', 'BIGINT')
  const columns = fields.map(({ name }) => rows?.addColumn(name, 'VARCHAR'))
  const last = Math.max(...fields.map(({ to }) => to))
  const beginsComment = comment === undefined || comment === '' ? undefined : Buffer.from(comment)
  const seen = { records: 0, blank: 0, comments: 0, short: 0, marks: 0 }
  const places: number[] = []

  const lineEnd = await readEachLine(pieces, {
    line(bytes, begin, stop, row, isUtf8) {
      if (row <= skip) return
      const isMarked = hasMark(bytes, begin)
      const from = isMarked ? begin + 3 : begin
      if (isMarked) seen.marks++
      const to = stop > from && bytes[stop - 1] === carriageReturn ? stop - 1 : stop
      if (!isUtf8) {
        output.refuse({ row, rule: 'record(encoding)', cells: { line: bytes.toString('latin1', from, to) } })
        return
      }
      if (isBlank(bytes, from, to)) {
        seen.blank++
        return
      }
      if (beginsComment?.equals(bytes.subarray(from, from + beginsComment.length)) === true) {
        seen.comments++
        return
      }
      seen.records++
      charactersOf(bytes, from, to, places)
      const characters = places.length - 1
      if (characters < last) seen.short++
      if (rows === undefined) return
      for (let at = 0; at < fields.length; at++) {
        const field = fields[at]
        if (field === undefined || field.from >= characters) continue
        const begins = places[field.from] ?? to
        let ends = places[Math.min(field.to, characters)] ?? to
        while (ends > begins && bytes[ends - 1] === space) ends--
        if (ends > begins) columns[at]?.utf8(rows.at, bytes, begins, ends)
      }
      number?.whole(rows.at, row)
      rows.endRow()
    },
    long: (beginning, row) => output.refuse({ row, rule: 'record(size)', cells: { line: beginning.toString('utf8') } }),
    flush: () => output.flush(),
  })
  return { ...seen, lineEnd }
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== space) return false
  return true
}
