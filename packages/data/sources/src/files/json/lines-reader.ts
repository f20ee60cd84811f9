import type { JsonLinesFormat } from '@sluice/author'
import type { FoundBytes } from '../bytes/text-file.ts'
import type { Found, OpenFile, Reader } from '../reader.ts'
import { recordSelects } from '../records/opened.ts'
import { forgottenRecords } from '../records/output.ts'
import { beginningOf, only, toldBytes, withPieces } from '../records/pieces.ts'
import { withFolder, writeRecords } from '../records/work.ts'
import { lineFeed } from './characters.ts'
import { type KnownColumns, knownColumns } from './columns.ts'
import { refusals } from './faults.ts'
import { foundOfColumns, toldColumns, writtenColumns } from './found.ts'
import { readLines, type SeenLines } from './lines.ts'

export const reader: Reader<JsonLinesFormat> = {
  kind: 'jsonl',
  async sniff(file, format) {
    const known = knownColumns()
    const { head, whole, found } = await beginningOf(file, format)
    // Without the line that was cut off in its middle.
    const beginning = whole ? head : head.subarray(0, head.lastIndexOf(lineFeed) + 1)
    const told = foundOf(found, await readLines(only(beginning), known, forgottenRecords()), known)
    return { ...told.found, columns: toldColumns(told.columns) }
  },
  async open(_connection, file, format, context): Promise<OpenFile> {
    const known = knownColumns()
    const { folder, written, seen } = await withPieces(file, format, context, (pieces, bytes) =>
      writeRecords(context, async (output) => ({ ...(await readLines(pieces(), known, output)), bytes })),
    )
    const { found, columns } = foundOf(seen.bytes, seen, known)
    return await withFolder(folder, async () => ({
      ...(await recordSelects(written, columns.columns, seen.longest)),
      found,
      messages: refusals,
      recovered: async () => ({
        ...(seen.sharing > 0 ? { 'objects behind another on a line': seen.sharing } : {}),
        ...(seen.marks > 0 ? { 'byte order marks inside of the file': seen.marks } : {}),
      }),
    }))
  },
}

function foundOf(bytes: FoundBytes, seen: SeenLines, known: KnownColumns) {
  const columns = writtenColumns(known.list)
  const found: Found = { ...toldBytes(bytes), lineEnds: seen.lineEnd, ...foundOfColumns(columns, seen.records) }
  return { found, columns }
}
