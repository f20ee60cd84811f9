import { rm } from 'node:fs/promises'
import { type JsonFormat, type JsonPath, jsonPath } from '@sluice/author'
import { fileErrors } from '../../errors.ts'
import type { FileAtHand, OpenFile, ReadContext, Reader } from '../reader.ts'
import { recordSelects } from '../records/opened.ts'
import { forgottenRecords } from '../records/output.ts'
import { lookedAt, pieces } from '../records/pieces.ts'
import { type WrittenIn, writeRecords } from '../records/work.ts'
import { type KnownColumns, knownColumns } from './columns.ts'
import { readDocument, type SeenDocument } from './document.ts'
import { refusals } from './faults.ts'
import { foundOfColumns, toldColumns, writtenColumns } from './found.ts'

interface ReadDocument extends WrittenIn<SeenDocument> {
  readonly known: KnownColumns
}

export const reader: Reader<JsonFormat> = {
  kind: 'json',
  async sniff(file, { rows }, context) {
    const known = knownColumns()
    const isWhole = file.bytes <= lookedAt
    const wanted = rows === undefined ? undefined : jsonPath(rows)
    const seen = await readDocument(pieces(file, context, lookedAt), file.name, wanted, known, forgottenRecords(), isWhole)
    const columns = writtenColumns(known.list)
    return { rows: seen.path ?? '$', ...foundOfColumns(columns, seen.records), columns: toldColumns(columns) }
  },
  async open(_connection, file, { rows }, context): Promise<OpenFile> {
    const wanted = rows === undefined ? undefined : jsonPath(rows)
    const { folder, written, seen, known } = await readWhole(file, wanted, context)
    const columns = writtenColumns(known.list)
    return {
      ...(await recordSelects(written, columns, seen.longest)),
      found: { rows: seen.path ?? '$', ...foundOfColumns(columns, seen.records) },
      messages: refusals,
      recovered: async () => ({}),
      async [Symbol.asyncDispose]() {
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

/** A document in which no list of objects is found is one row, which a second look takes as such. */
async function readWhole(file: FileAtHand, wanted: JsonPath | undefined, context: ReadContext): Promise<ReadDocument> {
  const known = knownColumns()
  const read = await writeRecords(context, (output) => readDocument(pieces(file, context), file.name, wanted, known, output))
  const { path, emptyLists, isObject } = read.seen
  if (path !== undefined) return { ...read, known }
  await rm(read.folder, { recursive: true, force: true })
  if (wanted !== undefined) {
    throw fileErrors.missing(`${file.name}: nothing stands at ${pathText(wanted)}.`, {
      facts: { file: file.name },
      next:
        emptyLists.length > 0
          ? `Lists of this document: ${emptyLists.slice(0, 5).join(', ')}.`
          : 'Leave rows out, so that it is looked for.',
    })
  }
  if (!isObject) {
    throw fileErrors.missing(`${file.name} is JSON, but neither an object nor a list, and so has no rows.`, {
      facts: { file: file.name },
      next: 'Look at what the source sent.',
    })
  }
  const [empty] = emptyLists
  if (empty !== undefined) {
    throw fileErrors.ambiguous(`${file.name} has no list of objects, but an empty list at ${empty}: it may have no rows, or be one.`, {
      facts: { file: file.name, lists: emptyLists.slice(0, 5) },
      next: `Declare jsonFile({ rows: ${JSON.stringify(empty)} }), or rows: "$" where the document is the row.`,
    })
  }
  return await readWhole(file, { keys: [], each: false }, context)
}

const pathText = ({ keys, each }: JsonPath): string => `$${keys.map((key) => `.${key}`).join('')}${each ? '[*]' : ''}`
