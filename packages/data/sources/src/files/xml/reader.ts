import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { XmlFormat } from '@sluice/author'
import { fileErrors } from '../../errors.ts'
import { openText, sampleText } from '../bytes/text-file.ts'
import { type Parsed, parseIsolated, rowsPath } from '../isolated/isolated.ts'
import type { FileAtHand, OpenFile, ReadContext, Reader } from '../reader.ts'
import { withConventions } from '../records/conventions.ts'
import { uniqueNames } from '../records/names.ts'
import { toldBytes } from '../records/pieces.ts'
import { type RowsColumnSelect, rowsFileSelects } from '../records/rows-file-selects.ts'
import { encodingOfXml } from './encoding.ts'
import type { XmlColumn, XmlResult, XmlTask } from './task.ts'

export const reader: Reader<XmlFormat> = {
  kind: 'xml',
  async sniff(file, format, context) {
    const first = await sampleText(file, format)
    const encoding = encodingOfXml(file, format, first)
    const { found, parsed } = await parseBeginning(file, { ...format, encoding }, context)
    await using _parsed = parsed
    return { ...toldBytes(found), columns: selected(parsed.result.columns, format).map(({ name }) => name) }
  },
  async open(connection, file, format, context): Promise<OpenFile> {
    const encoding = encodingOfXml(file, format, await sampleText(file, format))
    await using stack = new AsyncDisposableStack()
    const { found, parsed, isPart } = await parseFile(file, { ...format, encoding }, context)
    stack.use(parsed)
    const { result, folder } = parsed
    if (result.rows === 0 && !result.around) throw noRows(file, format, result)
    const selects = await rowsFileSelects(rowsPath(folder, 'rows'), selected(result.columns, format), undefined)
    const conventions = await withConventions(connection, file, selects, toldBytes(found), format, context)
    const kept = stack.move()
    return {
      ...conventions,
      isPart,
      messages: {},
      recovered: async () => ({}),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    }
  },
}

/** A look is content with a beginning that has rows. */
async function parseFile(file: FileAtHand, format: XmlFormat, context: ReadContext) {
  if (context.most !== undefined) {
    const beginning = await parseBeginning(file, format, context)
    if (beginning.isPart && beginning.parsed.result.rows > 0) return beginning
    await beginning.parsed[Symbol.asyncDispose]()
  }
  return { ...(await parseWhole(file, format, context)), isPart: false }
}

async function parseBeginning(file: FileAtHand, format: XmlFormat, context: ReadContext) {
  const { head, whole, found } = await sampleText(file, format)
  const path = join(context.workFolder, `beginning-${randomUUID()}.xml`)
  try {
    await writeFile(path, head)
    const parsed = await parseText({ ...file, path, bytes: head.length }, format, 0, whole, context)
    return { found, parsed, isPart: !whole }
  } finally {
    await rm(path, { force: true })
  }
}

async function parseWhole(file: FileAtHand, format: XmlFormat, context: ReadContext) {
  await using text = await openText(file, format, context)
  const parsed = await parseText({ ...file, path: text.path, bytes: text.bytes }, format, text.start, true, context)
  return { found: text.found, parsed }
}

/** Whoever made the file may have made it to do harm. */
async function parseText(
  file: FileAtHand,
  { rows, fields }: XmlFormat,
  start: number,
  isWhole: boolean,
  context: ReadContext,
): Promise<Parsed<XmlResult>> {
  const task: XmlTask = {
    rows: rows.slice(1).split('/'),
    paths: fields === undefined ? null : [...new Set(Object.values(fields))],
    start,
    isWhole,
  }
  return await parseIsolated<XmlResult, XmlTask>(file, { parser: import.meta.resolve('./parse.ts'), task }, context)
}

/** The columns that are declared, or all that there are. Their order is that in which they came. */
function selected(columns: readonly XmlColumn[], { fields }: XmlFormat): readonly RowsColumnSelect[] {
  if (fields === undefined) {
    const { names } = uniqueNames(columns.map(({ path }) => path))
    return columns.map((column, at) => ({ name: names[at] ?? column.path, sql: sqlOf(column) }))
  }
  const byPath = new Map(columns.map((column) => [column.path, column]))
  return Object.entries(fields).map(([name, path]) => ({ name, sql: sqlOf(byPath.get(path)) }))
}

/** A path that occurs several times in a row of the file is a list in each: what stands alone is a list of one. */
function sqlOf(column: XmlColumn | undefined): string {
  const { text = null, json = null, list = null } = column ?? {}
  const isList = list !== null
  const parts = [
    ...(isList ? [`c${list}`] : []),
    ...(text === null ? [] : [isList ? `CASE WHEN c${text} IS NOT NULL THEN to_json([c${text}])::VARCHAR END` : `c${text}`]),
    ...(json === null ? [] : [isList ? `'[' || c${json} || ']'` : `c${json}`]),
  ]
  return parts.length === 0 ? 'NULL::VARCHAR' : `coalesce(${parts.join(', ')})`
}

const noRows = (file: FileAtHand, { rows }: XmlFormat, { others }: XmlResult): Error =>
  fileErrors.missing(`${file.name} has no element at ${rows}, and nothing around it.`, {
    facts: { file: file.name, rows },
    next: `Declare the path of its rows. Elements it has: ${others.map(([path, count]) => `${path} (${count})`).join(', ')}.`,
  })
