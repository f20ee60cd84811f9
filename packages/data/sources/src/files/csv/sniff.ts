import type { CsvFormat } from '@sluice/author'
import { fileErrors } from '../../errors.ts'
import { commentsOf, leadingMark } from './comments.ts'
import type { Dialect, Layout } from './dialect.ts'
import { looksLikeHeader } from './header-line.ts'
import { recordsOf, type SampleRecord } from './records.ts'
import { shapeOf } from './value-shapes.ts'

export interface Sniffed {
  readonly dialect: Dialect
  readonly layout: Layout
  /** The cells of the line that names the columns; none where there is not one. */
  readonly headerCells: readonly string[] | undefined
  /** Below it. */
  readonly records: readonly SampleRecord[]
}

export interface SniffInput {
  readonly name: string
  readonly head: string
  readonly whole: boolean
  readonly further: readonly string[]
  readonly format: CsvFormat
  /** Whether somebody expects a column of this name. */
  readonly isWanted: (name: string) => boolean
}

/** Choosing between dialects needs no more; the layout is looked for in all of the sample. */
const comparedCharacters = 48 * 1024
const delimiters = [',', ';', '\t', '|', ':', '^', '~', '\u0001', '\u001f', '\u00a6', '\u00a7'] as const

/** Looks at a sample of a text: how it is taken apart, where its records begin, which line names the columns. @throws `file.ambiguous` */
export function sniff(input: SniffInput): Sniffed {
  const { format, head } = input
  const short = head.length > comparedCharacters ? head.slice(0, comparedCharacters) : head
  const shortIsWhole = input.whole && short.length === head.length
  const said = saidDelimiter(short)
  const skip = format.skip ?? (said === undefined ? 0 : 1)
  const start = lineStart(short, skip)
  const comment = format.comment ?? leadingMark(short.slice(start))
  const known = said === undefined || skip === 0 ? format : { delimiter: said, ...format }
  const scored = candidates(known, short.slice(start), comment).map((dialect) => {
    const records = recordsOf(short.slice(start), dialect, { whole: shortIsWhole })
    const bare = format.quote === undefined && dialect.quote === ''
    const score = bare && !quotesAreText(short.slice(start), dialect, shortIsWhole) ? -1 : scoreOf(records)
    return {
      dialect,
      score,
      named: namedBy(records, input.isWanted),
      quoted: records.filter((record) => record.quoted && record.sound).length,
    }
  })
  const mostNamed = Math.max(...scored.map(({ named }) => named))
  const dialect = scored
    .filter(({ named }) => named === mostNamed)
    .filter((each) => isUsualQuote(each, scored))
    .reduce((one, other) => (other.score > one.score ? other : one)).dialect
  if (format.comment !== undefined) return { dialect, ...layoutOf(dialect, input, skip) }
  const found = commentsOf(head.slice(lineStart(head, skip)), dialect, input.whole, input.isWanted)
  const commented = { ...dialect, comment: found.comment, ...(found.comment === '' ? {} : { commentIsFound: true }) }
  return { dialect: commented, ...layoutOf(commented, input, skip + found.before) }
}

/** A first line `sep=;`, by which Excel is told. */
const saidDelimiter = (text: string): string | undefined => /^"?sep=([^\r\n\p{L}\p{N}"'])"?(?:\r\n|\n|\r|$)/iu.exec(text)?.[1]

interface Scored {
  readonly dialect: Dialect
  readonly score: number
  /** Columns that are expected and that one of the first lines names. */
  readonly named: number
  /** Records with a cell that is quoted as it should be. */
  readonly quoted: number
}

/** Of two marks the one that quotes more cells is the quote, however well the few cells of the other fit; of as many, the usual one. */
const isUsualQuote = ({ dialect, quoted }: Scored, all: readonly Scored[]): boolean =>
  dialect.quote === '' ||
  all
    .filter((other) => other.dialect.delimiter === dialect.delimiter && other.dialect.quote !== dialect.quote)
    .every((other) => other.quoted < quoted || (other.quoted === quoted && (quoted === 0 || dialect.quote === '"')))

/**
 * The columns that are expected and that a line names, where it names few others: such a line tells how it is taken apart, however ragged
 * the records below it are. One name alone may be a word of a title.
 */
function namedBy(records: readonly SampleRecord[], isWanted: (name: string) => boolean): number {
  const found = records
    .slice(0, mostBefore)
    .map(({ cells }) => ({ all: cells.length, wanted: new Set(cells.map((cell) => cell.trim()).filter(isWanted)).size }))
  return Math.max(0, ...found.filter(({ all, wanted }) => wanted > 1 && wanted * 2 >= all).map(({ wanted }) => wanted))
}

function candidates(format: CsvFormat, text: string, comment: string): Dialect[] {
  const quotes = format.quote === undefined ? quotesIn(text) : [format.quote]
  const found = format.delimiter === undefined ? delimitersIn(text, comment) : [format.delimiter]
  return found.flatMap((delimiter) =>
    quotes.flatMap((quote) => escapesOf(format, quote, text).map((escaping): Dialect => ({ delimiter, quote, escape: escaping, comment }))),
  )
}

/** `"` first: where nothing tells them apart, the usual one is meant. */
const quotesIn = (text: string): string[] => ['"', ...(text.includes("'") ? ["'"] : []), ...(text.includes('"') ? [''] : [])]

/** Marks of quotation in a text in which nothing is quoted: read as quotes most of them would be wrong. A few wrong ones are damage. */
function quotesAreText(text: string, dialect: Dialect, whole: boolean): boolean {
  const quoted = recordsOf(text, { ...dialect, quote: '"', escape: '"' }, { whole }).filter((record) => record.quoted)
  return quoted.length >= 3 && quoted.filter(({ sound }) => !sound).length * 2 > quoted.length
}

function escapesOf(format: CsvFormat, quote: string, text: string): string[] {
  if (quote === '') return ['']
  if (format.escape !== undefined) return [format.escape === '' ? quote : format.escape]
  return text.includes(`\\${quote}`) ? [quote, '\\'] : [quote]
}

const usual: ReadonlySet<string> = new Set([',', ';', '\t', '|'])
/** Times, and the beginning of addresses. */
const withColons = /\d{1,2}:\d{2}(?::\d{2})?|\b[a-z][a-z\d+.-]*:\/\//gi

/**
 * Marks that also stand in words, times, paths and addresses count where the first line has them too: a column that is alone would be taken
 * apart by them, and its name be taken for a title.
 */
function delimitersIn(text: string, comment: string): string[] {
  if (text.trim() === '') return [',']
  const first = firstLine(text, comment)
  const mayBe = (mark: string): boolean => [...mark].some((each) => usual.has(each)) || first.includes(mark)
  const plain = text.replace(withColons, '')
  const single = delimiters.filter((delimiter) => (delimiter === ':' ? plain : text).includes(delimiter))
  const spaced = / {2}|^\S+ \S+$/m.test(text) && !spacesStandInNames(first) ? [' '] : []
  const several = [...new Set(single.flatMap((delimiter) => longerThan(delimiter, text)))]
  const found = [...single, ...several, ...spaced].filter(mayBe)
  return found.some((mark) => mark !== ' ') ? found : [',', ...found]
}

/** `id;Sold on;total`: another mark parts more names than spaces would. */
const spacesStandInNames = (line: string): boolean =>
  [...usual].some((mark) => line.split(mark).length > Math.max(2, line.trim().split(/ +/).length))

function firstLine(text: string, comment: string): string {
  for (const [line] of text.matchAll(/[^\r\n]+/g)) if (comment === '' || !line.startsWith(comment)) return line
  return ''
}

/** `||` and `|~|`: marks that stand together each time. A comma with a space behind it counts where quotes follow. */
function longerThan(delimiter: string, text: string): string[] {
  const marks = new Map<string, number>()
  for (const [run] of text.matchAll(/[^\p{L}\p{N}\s"'._+-]{2,4}/gu)) if (run.includes(delimiter)) marks.set(run, (marks.get(run) ?? 0) + 1)
  const often = [...marks].filter(([run, count]) => count > 1 && !/^[()[\]{}]/.test(run)).sort(([, one], [, other]) => other - one)
  const spaced = text.includes(`${delimiter} "`) && !new RegExp(`${RegExp.escape(delimiter)}(?! )`).test(text.replace(/"[^"]*"/g, '""'))
  return [...often.slice(0, 2).map(([run]) => run), ...(spaced ? [`${delimiter} `] : [])]
}

/** Cells alike from record to record, cells that are values, quotes where they may stand. More columns count little. */
function scoreOf(records: readonly SampleRecord[]): number {
  if (records.length === 0) return 0
  const width = modeOf(records.map(({ cells }) => cells.length))
  const alike = records.filter(({ cells }) => cells.length === width)
  const share = alike.length / records.length
  const sound = records.filter((record) => record.sound).length / records.length
  let [values, cells] = [0, 0]
  for (const record of alike.slice(0, 200))
    for (const cell of record.cells) {
      cells++
      values += shapeOf(cell).weight
    }
  const columns = width === 1 ? 0.3 : 1 - 1 / (width + 2)
  const quoted = records.some((record) => record.quoted) ? 1.05 : 1
  return share ** 2 * sound ** 3 * columns * quoted * (0.1 + (0.9 * values) / cells)
}

function modeOf(numbers: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  return [...counts].reduce((one, other) => (other[1] > one[1] || (other[1] === one[1] && other[0] > one[0]) ? other : one))[0]
}

function lineStart(text: string, lines: number): number {
  const ends = /\r\n|\n|\r/g
  for (let line = 0; line < lines; line++) if (ends.exec(text) === null) return text.length
  return ends.lastIndex
}

function layoutOf(dialect: Dialect, input: SniffInput, skipped: number): Omit<Sniffed, 'dialect'> {
  const { format } = input
  const records = recordsOf(input.head.slice(lineStart(input.head, skipped)), dialect, { whole: input.whole })
  const first = records[0]
  if (first === undefined) return empty(input, skipped)
  const named = typeof format.header === 'object' ? format.header.length : undefined
  const cells = cellsOfOne(records, first, format.skip !== undefined)
  const begin = behindTitles(
    records,
    records.findIndex((record) => record.cells.length === cells),
    input,
  )
  const longer = namesAbove(records, begin, cells, input)
  const at = longer ?? records[begin] ?? first
  const body = records.slice(longer === undefined ? begin + 1 : begin)
  const header = format.header === undefined ? looksLikeHeader(at.cells, body, input.isWanted) : format.header === true
  if (header && !at.sound) throw brokenHeader(input.name, at.line + skipped, 'a quote is wrong')
  // What the bytes of a sample that are not text have become.
  if (header && at.cells.some((cell) => cell.includes('\ufffd')))
    throw brokenHeader(input.name, at.line + skipped, 'a byte is not written in the encoding')
  if (begin > 0 && !header && format.header === undefined) refuseOtherHeader(input, records[begin - 1] ?? first, at)
  const trailing = hasTrailing(at, body, header, named)
  const width = named ?? (trailing && at.cells.at(-1) === '' ? at.cells.length - 1 : at.cells.length)
  return {
    layout: { skip: skipped + at.line - 1, header, width, trailing },
    headerCells: header ? at.cells.slice(0, width) : undefined,
    records: (header ? body : [at, ...body]).map((record) => ({ ...record, line: record.line + skipped })),
  }
}

/** Lines before the header are few. */
const mostBefore = 50

/**
 * The first line says how many cells a record has, unless it stands before the first line that counts: few others are like it, and most
 * records that come behind are alike.
 */
function cellsOfOne(records: readonly SampleRecord[], first: SampleRecord, firstCounts: boolean): number {
  const [one, mode] = [first.cells.length, modeOf(records.map(({ cells }) => cells.length))]
  const others = records.slice(1)
  const begin = records.findIndex(({ cells }) => cells.length === mode)
  if (firstCounts || one === mode || begin > mostBefore) return one
  if (others.every(({ cells }) => cells.length === one + 1 && cells.at(-1) === '')) return one
  const run = records.findIndex(({ cells }) => cells.length !== one)
  const alike = others.filter(({ cells }) => cells.length === one).length
  return one > 1 && (run >= 4 || alike * 4 >= records.length) ? one : mode
}

/**
 * A spreadsheet pads the lines above its table: `Report 2026;;;`. Lines of one cell, or none, above one that names every column are titles.
 */
function behindTitles(records: readonly SampleRecord[], begin: number, { format, isWanted }: SniffInput): number {
  const width = records[begin]?.cells.length ?? 0
  if (width < 2 || format.skip !== undefined || format.header === false || typeof format.header === 'object') return begin
  const isTitle = ({ cells }: SampleRecord): boolean => cells.length === width && cells.filter((cell) => cell.trim() !== '').length <= 1
  const behind = records.slice(begin).findIndex((record) => !isTitle(record))
  const names = records[begin + behind]
  if (behind < 1 || behind > mostBefore || names?.cells.length !== width) return begin
  if (names.cells.slice(0, -1).some((cell) => cell.trim() === '')) return begin
  return looksLikeHeader(names.cells, records.slice(begin + behind + 1), isWanted) ? begin + behind : begin
}

/** A header that ends in delimiters which the records have not: `id,name,` above `1,Ann`. */
function namesAbove(
  records: readonly SampleRecord[],
  begin: number,
  width: number,
  { format, isWanted }: SniffInput,
): SampleRecord | undefined {
  const above = records[begin - 1]
  if (above === undefined || width < 2 || format.header === false || typeof format.header === 'object') return undefined
  const names = above.cells.slice(0, width)
  if (above.cells.length <= width || names.some((cell) => cell.trim() === '')) return undefined
  if (above.cells.slice(width).some((cell) => cell.trim() !== '')) return undefined
  return looksLikeHeader(names, records.slice(begin), isWanted) ? { ...above, cells: names } : undefined
}

function empty({ name, format }: SniffInput, skip: number): Omit<Sniffed, 'dialect'> {
  if (typeof format.header === 'object')
    return { layout: { skip, header: false, width: format.header.length, trailing: false }, headerCells: undefined, records: [] }
  throw fileErrors.damaged(`${name}: the file has no line that counts, and so does not say which columns it has`, {
    facts: { file: name, skip },
    next: 'Fetch the file again. If an empty file means that there is nothing, say its columns: header: [...].',
  })
}

const brokenHeader = (name: string, line: number, why: string) =>
  fileErrors.damaged(`${name}: ${why} in line ${line}, which names the columns`, {
    facts: { file: name, line },
    next: 'Mend the line, or say the names: header: [...], skip: <lines up to there>.',
  })

/** Each record ends with an empty cell that has no name. */
function hasTrailing(first: SampleRecord, body: readonly SampleRecord[], header: boolean, named: number | undefined): boolean {
  const width = named ?? first.cells.length
  const ends = (record: SampleRecord, cells: number): boolean => record.cells.length === cells && record.cells.at(-1) === ''
  if (named !== undefined) return body.length > 0 && [first, ...body].every((record) => ends(record, width + 1))
  if (body.length === 0 || !header) return false
  return (
    body.every((record) => ends(record, width + 1)) || (first.cells.at(-1)?.trim() === '' && body.every((record) => ends(record, width)))
  )
}

/** Names that are fewer than cells, or more, may stand over the first ones, or over the last. */
function refuseOtherHeader(input: SniffInput, header: SampleRecord, record: SampleRecord): void {
  if (header.cells.length < 2 || header.cells.some((cell) => cell.trim() === '')) return
  const [names, cells] = [header.cells.length, record.cells.length]
  throw fileErrors.ambiguous(
    `${input.name}: ${names} names in line ${header.line} and ${cells} cells in line ${record.line}; which columns they name cannot be told`,
    {
      facts: { file: input.name, line: header.line, names, cells },
      next: `Say the ${cells} names: header: [...], skip: ${header.line}. Or skip: ${header.line}, header: false.`,
    },
  )
}
