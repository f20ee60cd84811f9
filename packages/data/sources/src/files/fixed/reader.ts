import { join } from 'node:path'
import type { FixedWidthFormat } from '@sluice/author'
import { createRowsFile } from '../isolated/rows/rows-file.ts'
import type { Found, OpenFile, Reader } from '../reader.ts'
import { withConventions } from '../records/conventions.ts'
import { beginningOf, only, toldBytes, withPieces } from '../records/pieces.ts'
import { rowsFileSelects } from '../records/rows-file-selects.ts'
import { withFolder, writeRecords } from '../records/work.ts'
import { fieldsOf } from './fields.ts'
import { fixedRefusals, readFixed, type SeenFixed } from './lines.ts'

export const reader: Reader<FixedWidthFormat> = {
  kind: 'fixed',
  async sniff(file, format) {
    const { head, whole, found } = await beginningOf(file, format)
    const beginning = whole ? head : head.subarray(0, head.lastIndexOf(10) + 1)
    const seen = await readFixed(only(beginning), optionsOf(format), undefined, { refuse() {}, flush: async () => {} })
    return { ...toldBytes(found), ...toldLines(seen), columns: Object.keys(format.fields) }
  },
  async open(connection, file, format, context): Promise<OpenFile> {
    const { folder, written, seen } = await withPieces(file, format, context, (pieces, bytes) =>
      writeRecords(context, async (output, at) => {
        const rows = createRowsFile({ path: join(at, 'rows.parquet') })
        const read = await readFixed(pieces(), optionsOf(format), rows, output)
        rows.close()
        return { ...read, bytes }
      }),
    )
    const columns = Object.keys(format.fields).map((name, at) => ({ name, sql: `c${at + 1}` }))
    return await withFolder(folder, async () => {
      const selects = await rowsFileSelects(join(folder, 'rows.parquet'), columns, written)
      return {
        ...(await withConventions(connection, file, selects, { ...toldBytes(seen.bytes), ...toldLines(seen) }, format, context)),
        messages: fixedRefusals,
        recovered: async () => ({
          ...(seen.short > 0 ? { 'lines that end before their last field': seen.short } : {}),
          ...(seen.marks > 0 ? { 'byte order marks inside of the file': seen.marks } : {}),
        }),
      }
    })
  },
}

const optionsOf = (format: FixedWidthFormat) => ({ fields: fieldsOf(format), skip: format.skip ?? 0, comment: format.comment })

const toldLines = ({ lineEnd, comments }: SeenFixed): Found => ({ lineEnds: lineEnd, ...(comments > 0 ? { comments } : {}) })
