import { dirname, isAbsolute, sep } from 'node:path'
import { type FileFormat, typeText } from '@sluice/author'
import type { Json } from '@sluice/core'
import { given } from '@sluice/core'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import { textsOf } from '../files/cells/texts.ts'
import type { FileAtHand, Found, OpenFile, ReadContext } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import { beginningOf } from './beginning.ts'
import { declarationOf } from './declaration.ts'
import { formatOf, type KnownFormat } from './format-of.ts'
import { dayInstead, type GuessedDays, guessedDays, guessedForm } from './guessed-days.ts'
import { type Misfit, misfitsOf, typedColumns } from './judged.ts'
import { looksFixed } from './looks-fixed.ts'
import { paddedForm, pinnedFormat } from './pinned.ts'
import { commentsLeftOut, likelyKinds, openProposed, otherSheets, textInstead } from './propose.ts'
import { saidType } from './said-type.ts'
import { unlikeBeside } from './unlike-beside.ts'
import { fileAt, withEngine } from './work.ts'

export interface SniffOptions {
  readonly known?: KnownFormat
  readonly signal?: AbortSignal
}

export interface SniffedColumn {
  readonly name: string
  /** The narrowest type that holds most of the values that were looked at. */
  readonly type: string
  /** Values that were looked at, and those that the type holds: rows with the others go to quarantine. */
  readonly values: number
  readonly fit: number
  /** As the file spells them. */
  readonly examples: readonly string[]
  /** The first values that the type does not hold. */
  readonly misfits: readonly Misfit[]
}

/** A record that cannot be read. */
export interface RefusedRecord {
  readonly line: number
  readonly reason: string
  readonly text: string
}

/** What a look at a file has found. */
export interface SniffedFile {
  readonly file: string
  readonly bytes: number
  readonly format: FileFormat['kind']
  readonly detected: Found
  readonly columns: readonly SniffedColumn[]
  /** The first rows, as the file spells them. */
  readonly rows: readonly Readonly<Record<string, Json>>[]
  /** Records that cannot be read, of those that were looked at. */
  readonly refused: number
  /** The first of them. */
  readonly refusedRecords: readonly RefusedRecord[]
  /** That the name says another format than the content, that a column may mean two things, that a part was looked at. */
  readonly told: readonly string[]
  /** TypeScript to paste. */
  readonly declaration: string
}

const shownRows = 5
/** Records of a file of another kind than lines. */
const mostLooked = 20_000
const shownRefused = 10

/** Looks at a bounded part of a file, whatever its size; a Parquet file is looked at whole. @throws `file.*` */
export async function sniffFile(path: string, { known, signal }: SniffOptions = {}): Promise<SniffedFile> {
  const file = await fileAt(path)
  return await withEngine(async ({ connection, workFolder }) => {
    const { format, told } = await formatOf(file, known)
    const context: ReadContext = { workFolder, most: mostLooked, ...given({ signal }) }
    const reader = await readerOf(format.kind)
    const { columns: _, ...detected } = await reader.sniff(file, format, context)
    const beginning = await beginningOf(file, format, detected, workFolder)
    const [part, as] = beginning === undefined ? [file, format] : [beginning.file, beginning.format]
    const plain = await plainLook(connection, part, as, context)
    const meant = plain.days.size === 0 ? as : withDays(as, plain.days)
    const { opened, types, fits, ambiguous } = await openProposed(connection, part, meant, plain.kinds, context, 'most')
    await using _opened = opened
    const typed = typedColumns(opened.columns, types)
    // Planning the question costs a second of a processor for seven columns.
    const misfits: Awaited<ReturnType<typeof misfitsOf>> = fits ? new Map() : await misfitsOf(connection, opened.numbered, typed)
    const columns = opened.columns.map(({ name, type }, at) => {
      const [proposed, { count = 0, first = [] } = {}] = [types[at], misfits.get(name)]
      const values = proposed?.values ?? plain.values[at] ?? 0
      const said = proposed?.type ?? saidType(type)
      const named = said === undefined ? type.toLowerCase() : typeText(said)
      return { name, type: named, values, fit: values - count, examples: plain.examples[at] ?? [], misfits: first }
    })
    const found = withPadded({ ...detected, ...opened.found, compression: detected.compression ?? 'none' }, plain)
    const { count, records } = await refusedIn(connection, opened)
    const recovered = await opened.recovered()
    return {
      file: file.name,
      bytes: file.bytes,
      format: format.kind,
      detected: Object.keys(recovered).length === 0 ? found : { ...found, recovered },
      columns,
      rows: plain.rows,
      refused: count,
      refusedRecords: records,
      told: [
        ...(told === undefined ? [] : [told]),
        ...otherSheets(found, known),
        ...(await looksFixed(part, path, known, format, opened.columns)),
        ...(await unlikeBeside(path, format, plain.names, context)),
        ...ambiguous.map(textInstead),
        ...[...plain.days].map(dayInstead),
        ...commentsLeftOut(recovered, found),
        ...(beginning === undefined ? [] : [`the first ${part.bytes} bytes were looked at, the rest was not`]),
        ...(opened.isPart === true ? [`the first ${await countOf(connection, opened)} records were looked at, the rest was not`] : []),
      ],
      declaration: declarationOf(
        file.name,
        pinnedFormat(format, found),
        opened.columns.map(({ name, type }, at) => ({ name, type: types[at]?.type ?? saidType(type) })),
        {
          folder: folderOf(path),
          ...(known?.sheet === undefined ? {} : { sheet: String(found.sheet ?? known.sheet) }),
          notes: [
            ...ambiguous.map(({ facts, next }) => `${JSON.stringify(facts?.column)} may mean two things. ${next ?? ''}`),
            ...[...plain.days].map(dayInstead),
          ],
        },
      ),
    }
  })
}

async function countOf(connection: DuckConnection, { rows }: OpenFile): Promise<number> {
  return Number(await connection.value<number>(`SELECT count(*) FROM (${rows})`))
}

/** Where the file lies, as a project beside it would say. */
const folderOf = (path: string): string => {
  const folder = dirname(path).replaceAll(sep, '/')
  return isAbsolute(path) || folder === '.' || folder.startsWith('..') ? 'inbox' : folder
}

/** What stands in a file as it is spelled. */
async function plainLook(connection: DuckConnection, file: FileAtHand, format: FileFormat, context: ReadContext) {
  const reader = await readerOf(format.kind)
  await using opened = await reader.open(connection, file, format, context)
  const { sample } = await textsOf(connection, opened.columns, opened.numbered)
  const texts = opened.columns.map((_, at) => sample.flatMap(({ cells }) => cells[at] ?? []))
  const rows = (await connection.rows(`SELECT * FROM (${opened.rows}) LIMIT ${shownRows}`)) as SniffedFile['rows']
  const days = guessedDays(opened.columns, texts, format)
  return {
    names: opened.columns.map(({ name }) => name),
    kinds: new Map([...likelyKinds(sample, opened, format, file), ...[...days.keys()].map((name) => [name, 'date'] as const)]),
    days,
    rows,
    texts,
    examples: opened.columns.map(({ name, type }, at) => {
      const values = type === 'VARCHAR' ? (texts[at] ?? []) : rows.flatMap((row) => (row[name] == null ? [] : [String(row[name])]))
      return [...new Set(values)].slice(0, 3)
    }),
    values: await valuesOf(connection, opened),
  }
}

const withDays = (format: FileFormat, days: GuessedDays): FileFormat =>
  ({ ...format, dates: Object.fromEntries([...days.keys()].map((name) => [name, guessedForm])) }) as FileFormat

/** Of columns whose type the file says, by their places; those of texts are counted while their type is found. */
async function valuesOf(connection: DuckConnection, { rows, columns }: OpenFile): Promise<Readonly<Record<number, number>>> {
  const typed = columns.flatMap(({ name, type }, at) => (type === 'VARCHAR' ? [] : [{ name, at }]))
  if (typed.length === 0) return {}
  const counts = typed.map(({ name, at }) => `count(${quoteIdentifier(name)}) AS c${at}`).join(', ')
  const [found = {}] = await connection.rows(`SELECT ${counts} FROM (${rows})`)
  return Object.fromEntries(typed.map(({ at }) => [at, Number(found[`c${at}`])]))
}

/** The forms of dates as their texts are written. */
function withPadded(
  found: Found,
  { names, texts }: { readonly names: readonly string[]; readonly texts: readonly (readonly string[])[] },
): Found {
  if (typeof found.dates !== 'object' || found.dates === null) return found
  const dates = Object.entries(found.dates as Readonly<Record<string, string>>).map(([name, form]) => [
    name,
    paddedForm(form, texts[names.indexOf(name)] ?? [], String(found.language ?? 'en')),
  ])
  return { ...found, dates: Object.fromEntries(dates) as Json }
}

async function refusedIn(
  connection: DuckConnection,
  { refused, messages }: OpenFile,
): Promise<{ readonly count: number; readonly records: readonly RefusedRecord[] }> {
  if (refused === undefined) return { count: 0, records: [] }
  const count = Number(await connection.value<number>(`SELECT count(*) FROM (${refused})`))
  const rows = await connection.rows<{ line: number; rule: string; cells: string }>(
    `SELECT row_number AS line, rule, CAST(cells AS VARCHAR) AS cells FROM (${refused}) ORDER BY row_number LIMIT ${shownRefused}`,
  )
  return {
    count,
    records: rows.map(({ line, rule, cells }) => ({ line: Number(line), reason: messages[rule] ?? rule, text: textOf(cells) })),
  }
}

/** The line as it stands there, or the cells. */
function textOf(cells: string): string {
  const { line } = JSON.parse(cells) as { readonly line?: unknown }
  return typeof line === 'string' ? line : cells
}
