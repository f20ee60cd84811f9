import { fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { TextFile } from '../bytes/text-file.ts'
import type { FileColumn } from '../reader.ts'
import type { Dialect, Layout } from './dialect.ts'
import type { Survey } from './looker.ts'
import type { Provable } from './provable.ts'
import type { Rewritten } from './rewrite.ts'

/** A SELECT of the texts of all columns by their names, and the same with the line of each record as `_row` before them. */
export interface Selects {
  readonly rows: string
  readonly numbered: string
}

/** DuckDB's default. Its buffer has room for some lines of that length. */
const usualLine = 2 * 1024 * 1024

/** Of a plain text: each record stands in one line, so that its number says its line. */
export function selectPlain(
  text: TextFile,
  dialect: Dialect,
  layout: Layout,
  names: readonly string[],
  survey: Extract<Survey, { plain: true }>,
): Selects {
  const from = readPlain(text, dialect, layout, names, survey, [])
  const list = namedCells(names)
  return {
    rows: `SELECT ${list} FROM ${from}`,
    numbered: `SELECT row_number() OVER () + ${layout.header ? 1 : 0} AS _row, ${list} FROM ${from}`,
  }
}

/** The rows of a plain text, columns read as the types that they were found to be written as; the others are texts. */
export const selectTyped = (
  text: TextFile,
  dialect: Dialect,
  layout: Layout,
  names: readonly string[],
  survey: Extract<Survey, { plain: true }>,
  columns: readonly (Provable | undefined)[],
): string => `SELECT ${namedCells(names)} FROM ${readPlain(text, dialect, layout, names, survey, columns)}`

const namedCells = (names: readonly string[]): string => names.map((name, at) => `c${at} AS ${quoteIdentifier(name)}`).join(', ')

function readPlain(
  text: TextFile,
  dialect: Dialect,
  layout: Layout,
  names: readonly string[],
  { quoted, longest }: Extract<Survey, { plain: true }>,
  types: readonly (Provable | undefined)[],
): string {
  const columns = names.map((_, at) => ({ name: `c${at}`, type: types[at]?.type ?? 'VARCHAR' }))
  const quote = quoteLiteral(quoted ? dialect.quote : '')
  const options = [`delim = ${quoteLiteral(dialect.delimiter)}`, `quote = ${quote}`, `escape = ${quote}`, `skip = ${layout.header ? 1 : 0}`]
  return readCsv(text.path, columns, longest, options)
}

/** Of a text written anew: the line stands before the cells. */
export function selectRewritten(rewritten: Rewritten, names: readonly string[]): Selects {
  const { marks, broken } = rewritten
  const columns = ['_line', ...names.map((_, at) => `c${at}`)].map((name) => ({ name, type: 'VARCHAR' }))
  const from = readCsv(rewritten.path, columns, rewritten.longest, [
    `delim = ${quoteLiteral(String.fromCharCode(marks.cell))}`,
    "quote = ''",
    "escape = ''",
    "new_line = '\\n'",
  ])
  const cell = (at: number): string =>
    broken.has(at) ? `replace(replace(c${at}, chr(${marks.lineFeed}), chr(10)), chr(${marks.carriageReturn}), chr(13))` : `c${at}`
  const list = names.map((name, at) => `${cell(at)} AS ${quoteIdentifier(name)}`).join(', ')
  return { rows: `SELECT ${list} FROM ${from}`, numbered: `SELECT _line::BIGINT AS _row, ${list} FROM ${from}` }
}

/** An empty cell is NULL. Nothing is found by looking, nothing is put right: a text that is not as it was surveyed is an error. */
function readCsv(path: string, columns: readonly FileColumn[], longest: number, options: readonly string[]): string {
  const types = columns.map(({ name, type }) => `${name}: '${type}'`).join(', ')
  const long = longest + 1024 > usualLine ? [`max_line_size = ${longest + 1024}`, `buffer_size = ${2 * (longest + 1024)}`] : []
  const fixed = ['auto_detect = false', `columns = {${types}}`, 'header = false', "compression = 'none'", 'strict_mode = true']
  return `read_csv(${fileList([path])}, ${[...fixed, ...options, ...long].join(', ')})`
}
