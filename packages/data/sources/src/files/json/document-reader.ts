import { rm } from 'node:fs/promises'
import { type JsonFormat, type JsonPath, jsonPath } from '@sluice/author'
import { fileErrors } from '../../errors.ts'
import type { FoundBytes } from '../bytes/text-file.ts'
import type { FileAtHand, OpenFile, ReadContext, Reader } from '../reader.ts'
import { recordSelects } from '../records/opened.ts'
import { forgottenRecords } from '../records/output.ts'
import { beginningOf, only, toldBytes, withPieces } from '../records/pieces.ts'
import { type WrittenIn, withFolder, writeRecords } from '../records/work.ts'
import { type KnownColumns, knownColumns } from './columns.ts'
import { readDocument, type SeenDocument } from './document.ts'
import { refusals } from './faults.ts'
import { foundOfColumns, toldColumns, writtenColumns } from './found.ts'

interface ReadDocument extends WrittenIn<SeenDocument> {
  readonly known: KnownColumns
}

export const reader: Reader<JsonFormat> = {
  kind: 'json',
  async sniff(file, format) {
    const { head, whole, found } = await beginningOf(file, format)
    const look = async (wanted: JsonPath | undefined) => {
      const known = knownColumns()
      return { known, seen: await readDocument(only(head), file.name, wanted, known, forgottenRecords(), whole) }
    }
    const first = await look(pathOf(format))
    const isRow = whole && first.seen.path === undefined && isOneRow(file.name, pathOf(format), first.seen)
    const { known, seen } = isRow ? await look(root) : first
    const columns = writtenColumns(known.list)
    return {
      ...toldBytes(found),
      ...(seen.path === undefined ? {} : { rows: seen.path }),
      ...foundOfColumns(columns, seen.records),
      columns: toldColumns(columns),
    }
  },
  async open(_connection, file, format, context): Promise<OpenFile> {
    return (context.most === undefined ? undefined : await openBeginning(file, format, context)) ?? (await openWhole(file, format, context))
  },
}

/** For a look. `undefined` where the beginning is all of the file, or has no rows. */
async function openBeginning(file: FileAtHand, format: JsonFormat, context: ReadContext): Promise<OpenFile | undefined> {
  const { head, whole, found } = await beginningOf(file, format)
  if (whole) return undefined
  const known = knownColumns()
  const { folder, written, seen } = await writeRecords(context, (output) =>
    readDocument(only(head), file.name, pathOf(format), known, output, false),
  )
  const opened = await openedIn(folder, { written, seen, known }, found)
  if (seen.records > 0) return { ...opened, isPart: true }
  await opened[Symbol.asyncDispose]()
  return undefined
}

const openWhole = (file: FileAtHand, format: JsonFormat, context: ReadContext): Promise<OpenFile> =>
  withPieces(file, format, context, async (pieces, bytes) => {
    const read = async (wanted: JsonPath | undefined): Promise<ReadDocument> => {
      const known = knownColumns()
      return { ...(await writeRecords(context, (output) => readDocument(pieces(), file.name, wanted, known, output))), known }
    }
    const { folder, ...document } = await readRows(file.name, pathOf(format), read)
    return await openedIn(folder, document, bytes)
  })

function openedIn(folder: string, { written, seen, known }: Omit<ReadDocument, 'folder'>, bytes: FoundBytes): Promise<OpenFile> {
  const columns = writtenColumns(known.list)
  return withFolder(folder, async () => ({
    ...(await recordSelects(written, columns.columns, seen.longest)),
    found: { ...toldBytes(bytes), rows: seen.path ?? '$', ...foundOfColumns(columns, seen.records) },
    messages: refusals,
    recovered: async () => ({}),
  }))
}

const root: JsonPath = { keys: [], each: false }

const pathOf = ({ rows }: JsonFormat): JsonPath | undefined => (rows === undefined ? undefined : jsonPath(rows))

/** A document in which no list of objects is found is one row, which a second look takes as such. */
async function readRows(
  name: string,
  wanted: JsonPath | undefined,
  read: (wanted: JsonPath | undefined) => Promise<ReadDocument>,
): Promise<ReadDocument> {
  const first = await read(wanted)
  if (first.seen.path !== undefined) return first
  await rm(first.folder, { recursive: true, force: true })
  isOneRow(name, wanted, first.seen)
  return await read(root)
}

/** That a document without a list of objects is a row. @throws `file.missing`, `file.ambiguous` where it is not sure to be one */
function isOneRow(name: string, wanted: JsonPath | undefined, { emptyLists, isObject }: SeenDocument): true {
  if (wanted !== undefined) {
    throw fileErrors.missing(`${name}: nothing stands at ${pathText(wanted)}.`, {
      facts: { file: name },
      next:
        emptyLists.length > 0
          ? `Lists of this document: ${emptyLists.slice(0, 5).join(', ')}.`
          : 'Leave rows out, so that it is looked for.',
    })
  }
  if (!isObject) {
    throw fileErrors.missing(`${name} is JSON, but neither an object nor a list, and so has no rows.`, {
      facts: { file: name },
      next: 'Look at what the source sent.',
    })
  }
  const [empty] = emptyLists
  if (empty === undefined) return true
  throw fileErrors.ambiguous(`${name} has no list of objects, but an empty list at ${empty}: it may have no rows, or be one.`, {
    facts: { file: name, lists: emptyLists.slice(0, 5) },
    next: `Declare jsonFile({ rows: ${JSON.stringify(empty)} }), or rows: "$" where the document is the row.`,
  })
}

const pathText = ({ keys, each }: JsonPath): string => `$${keys.map((key) => `.${key}`).join('')}${each ? '[*]' : ''}`
