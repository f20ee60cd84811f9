import { rm } from 'node:fs/promises'
import type { JsonLinesFormat } from '@sluice/author'
import type { Json } from '@sluice/core'
import type { OpenFile, Reader } from '../reader.ts'
import { recordSelects } from '../records/opened.ts'
import { forgottenRecords } from '../records/output.ts'
import { lookedAt, pieces } from '../records/pieces.ts'
import { writeRecords } from '../records/work.ts'
import { lineFeed } from './characters.ts'
import { type KnownColumns, knownColumns } from './columns.ts'
import { refusals } from './faults.ts'
import { foundOfColumns, toldColumns, writtenColumns } from './found.ts'
import { readLines, type SeenLines } from './lines.ts'

export const reader: Reader<JsonLinesFormat> = {
  kind: 'jsonl',
  async sniff(file, _format, context) {
    const known = knownColumns()
    const beginning = file.bytes > lookedAt ? wholeLines(pieces(file, context, lookedAt)) : pieces(file, context)
    const { found, columns } = foundOf(await readLines(beginning, known, forgottenRecords()), known)
    return { ...found, columns: toldColumns(columns) }
  },
  async open(_connection, file, _format, context): Promise<OpenFile> {
    const known = knownColumns()
    const { folder, written, seen } = await writeRecords(context, (output) => readLines(pieces(file, context), known, output))
    const { found, columns } = foundOf(seen, known)
    return {
      ...(await recordSelects(written, columns, seen.longest)),
      found,
      messages: refusals,
      recovered: async () => ({
        ...(seen.sharing > 0 ? { 'objects behind another on a line': seen.sharing } : {}),
        ...(seen.marks > 0 ? { 'byte order marks inside of the file': seen.marks } : {}),
      }),
      async [Symbol.asyncDispose]() {
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

function foundOf(seen: SeenLines, known: KnownColumns) {
  const columns = writtenColumns(known.list)
  const found: Readonly<Record<string, Json>> = { lines: seen.lineEnd, ...foundOfColumns(columns, seen.records) }
  return { found, columns }
}

/** What was cut off in the middle of a line, without that line. */
async function* wholeLines(cut: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.concat(await Array.fromAsync(cut))
  yield bytes.subarray(0, bytes.lastIndexOf(lineFeed) + 1)
}
