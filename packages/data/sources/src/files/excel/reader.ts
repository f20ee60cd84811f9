import type { ExcelFormat } from '@sluice/author'
import { type DuckConnection, fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type PlainFile, plainFile } from '../bytes/plain-file.ts'
import { type Conventions, findConventions } from '../cells/conventions.ts'
import { type Parsed, parseIsolated, rowsPath } from '../isolated/isolated.ts'
import type { FileAtHand, Found, OpenFile, ReadContext, Reader } from '../reader.ts'
import { uniqueNames } from '../records/names.ts'
import { type ExcelTask, type ParsedColumn, type ParsedSheet, rowNumber } from './parse.ts'

/** Rows that are looked at. */
const looked = 1_000

export const reader: Reader<ExcelFormat> = {
  kind: 'excel',
  async sniff(file, format, context) {
    await using plain = await plainWorkbook(file, format, context)
    await using parsed = await parseSheet(plain.file, format, looked, context)
    const { found, columns } = named(parsed.result)
    return { ...packed(plain), ...found, columns: columns.map(({ name, holds }) => ({ name, holds })) }
  },
  async open(connection: DuckConnection, file, format, context): Promise<OpenFile> {
    await using plain = await plainWorkbook(file, format, context)
    const parsed = await parseSheet(plain.file, format, context.most ?? null, context)
    try {
      const { found, columns } = named(parsed.result)
      const from = `read_parquet(${fileList([rowsPath(parsed.folder, parsed.result.file)])})`
      const conventions = await conventionsOf(connection, file, { columns, from, rows: parsed.result.rows }, format, context)
      const cells = columns.map((column) => `${cellOf(column, format.nulls ?? [])} AS ${quoteIdentifier(column.name)}`)
      const sides = columns.flatMap(sidesOf).map(({ side, as }) => `${side} AS ${quoteIdentifier(as)}`)
      const numbered = `SELECT ${[`${rowNumber} AS _row`, ...sides].join(', ')} FROM ${from}`
      return {
        found: { ...packed(plain), ...found, ...conventions.found },
        isPart: context.most !== undefined && parsed.result.rows >= context.most,
        columns: columns.map(({ name }) => ({ name, type: 'VARCHAR' })),
        rows:
          cells.length === 0
            ? `SELECT NULL::VARCHAR AS nothing FROM ${from}`
            : `SELECT ${cells.join(', ')} FROM (${conventions.rows(`SELECT ${sides.length === 0 ? '1' : sides.join(', ')} FROM ${from}`)})`,
        numbered: `SELECT ${['_row', ...cells].join(', ')} FROM (${conventions.numbered(numbered)})`,
        refused: undefined,
        messages: {},
        recovered: async () => ({}),
        [Symbol.asyncDispose]: () => parsed[Symbol.asyncDispose](),
      }
    } catch (thrown) {
      await parsed[Symbol.asyncDispose]()
      throw thrown
    }
  },
}

/** A workbook is a ZIP itself. */
const plainWorkbook = (file: FileAtHand, { compression }: ExcelFormat, context: ReadContext): Promise<PlainFile> =>
  plainFile(file, compression, context, /\.xls[xbm]?$/i)

const packed = ({ compression }: PlainFile): Found => (compression === 'none' ? {} : { compression })

interface SheetAtHand {
  readonly columns: readonly NamedColumn[]
  readonly from: string
  readonly rows: number
}

/** Of cells that are texts alone: a number of Excel is one already, whatever the conventions say of texts. */
async function conventionsOf(
  connection: DuckConnection,
  file: FileAtHand,
  { columns, from, rows }: SheetAtHand,
  format: ExcelFormat,
  context: ReadContext,
): Promise<Conventions> {
  const sides = columns.flatMap(sidesOf)
  const texts = sides.filter(({ isText }) => isText)
  const numbered = `SELECT ${[`${rowNumber} AS _row`, ...texts.map(({ side, as }) => `${side} AS ${quoteIdentifier(as)}`)].join(', ')} FROM ${from}`
  const sampled = texts.length === 0 ? [] : await connection.rows<Record<string, string | null>>(`${numbered} LIMIT ${looked}`)
  const sample = sampled.map((row) => ({
    line: Number(row._row),
    cells: sides.map(({ as, isText }) => (isText ? (row[as] ?? null) : null)),
  }))
  const all = sides.map(({ as, isText }) => ({ name: as, type: isText ? 'VARCHAR' : valueType }))
  return await findConventions(connection, file, all, { sample, whole: rows <= looked, numbered }, format, context)
}

/** What no convention touches. */
const valueType = 'value of Excel'

/** The columns of the file of rows that belong to a column, and what they are called on the way. */
function sidesOf({ name, value, text }: NamedColumn): readonly { readonly side: string; readonly as: string; readonly isText: boolean }[] {
  return [
    ...(text === null ? [] : [{ side: text, as: name, isText: true }]),
    ...(value === null ? [] : [{ side: value, as: valueName(name), isText: false }]),
  ]
}

/** A line feed stands in no name of a column. */
const valueName = (name: string): string => `${name}\nvalue`

async function parseSheet(
  file: FileAtHand,
  { sheet, range, header }: ExcelFormat,
  most: number | null,
  context: ReadContext,
): Promise<Parsed<ParsedSheet>> {
  const task: ExcelTask = { sheet: sheet ?? null, range: range ?? null, header: header ?? null, most }
  return await parseIsolated<ParsedSheet, ExcelTask>(file, { parser: import.meta.resolve('./parse.ts'), task }, context)
}

interface NamedColumn extends ParsedColumn {
  readonly name: string
}

function named({ found, columns }: ParsedSheet): { readonly found: Found; readonly columns: readonly NamedColumn[] } {
  const { names, renamed } = uniqueNames(columns.map(({ name }) => name))
  return {
    found: { ...found, ...(found.header === false || Object.keys(renamed).length === 0 ? {} : { renamed }) },
    columns: columns.map((column, at) => ({ ...column, name: names[at] ?? '' })),
  }
}

/** A cell has a value of its own or a text, of which the conventions have been used. Declared spellings of NULL are looked for in both. */
function cellOf({ name, value, text }: NamedColumn, nulls: readonly string[]): string {
  const own = quoteIdentifier(valueName(name))
  const spelled = nulls.map((each) => quoteLiteral(each.trim().toLowerCase())).join(', ')
  const kept = nulls.length === 0 ? own : `CASE WHEN lower(${own}) IN (${spelled}) THEN NULL ELSE ${own} END`
  if (value === null) return text === null ? 'NULL::VARCHAR' : quoteIdentifier(name)
  return text === null ? kept : `coalesce(${kept}, ${quoteIdentifier(name)})`
}
