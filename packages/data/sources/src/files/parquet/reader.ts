import type { ParquetFormat } from '@sluice/author'
import { type DuckConnection, fileList, quoteIdentifier } from '@sluice/duckdb'
import { type PlainFile, plainFile } from '../bytes/plain-file.ts'
import { type Parsed, parseIsolated } from '../isolated/isolated.ts'
import type { FileAtHand, Found, OpenFile, ReadContext, Reader } from '../reader.ts'
import { uniqueNames } from '../records/names.ts'
import { type ParquetTask, type ParsedParquet, parquetRows } from './parse.ts'

export const reader: Reader<ParquetFormat> = {
  kind: 'parquet',
  async sniff(file, { compression }, context) {
    await using plain = await plainFile(file, compression, context)
    await using parsed = await parseParquet(plain.file, { isWhole: false }, context)
    const columns = columnsOf(parsed.result)
    return { ...packed(plain), ...foundOf(parsed.result), columns: columns.map(({ name, of }) => ({ name, type: of })) }
  },
  async open(_connection: DuckConnection, file, { compression }, context): Promise<OpenFile> {
    await using made = new AsyncDisposableStack()
    const plain = made.use(await plainFile(file, compression, context))
    const parsed = made.use(await parseParquet(plain.file, { isWhole: true }, context))
    const columns = columnsOf(parsed.result)
    const places = columns.map((_, at) => `c${at}`)
    const values = columns.map(({ name, of }, at) => `${cellOf(`c${at}`, of)} AS ${quoteIdentifier(name)}`).join(', ')
    const list = fileList([plain.file.path])
    const kept = made.move()
    return {
      found: { ...packed(plain), ...foundOf(parsed.result) },
      columns: columns.map(({ name, type }) => ({ name, type })),
      rows: `SELECT ${values} FROM ${parquetRows(list)} AS file(${places.join(', ')})`,
      numbered: `SELECT file_row + 1 AS _row, ${values} FROM ${parquetRows(list, true)} AS file(${[...places, 'file_row'].join(', ')})`,
      refused: undefined,
      messages: {},
      recovered: async () => ({}),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    }
  },
}

/** Beside the codecs of its pages. */
const packed = ({ compression }: PlainFile): Found => (compression === 'none' ? {} : { packedBy: compression })

const parseParquet = (file: FileAtHand, task: ParquetTask, context: ReadContext): Promise<Parsed<ParsedParquet>> =>
  parseIsolated<ParsedParquet, ParquetTask>(file, { parser: import.meta.resolve('./parse.ts'), task, isNative: true }, context)

/** Those whose values the judge takes as they are. */
const asTheyAre =
  /^(?:VARCHAR|BOOLEAN|U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(\d+,\d+\)|DOUBLE|FLOAT|DATE|TIMESTAMP(?:_S|_MS|_NS| WITH TIME ZONE)?)$/
const nested = /^(?:STRUCT|MAP|UNION)\(|\]$/

/** What is nested is the text of its JSON, bytes are base64, and of times alone, UUIDs and the like there is the text. */
function cellOf(column: string, of: string): string {
  if (asTheyAre.test(of)) return column
  if (of === 'BLOB') return `to_base64(${column})`
  return nested.test(of) ? `CAST(to_json(${column}) AS VARCHAR)` : `CAST(${column} AS VARCHAR)`
}

function columnsOf({ columns }: ParsedParquet): readonly { readonly name: string; readonly type: string; readonly of: string }[] {
  const { names } = uniqueNames(columns.map(({ name }) => name))
  return columns.map(({ type: of }, at) => ({ name: names[at] ?? '', type: asTheyAre.test(of) ? of : 'VARCHAR', of }))
}

function foundOf(parsed: ParsedParquet): Found {
  const { rows, writtenBy, compression, columns } = parsed
  const { renamed } = uniqueNames(columns.map(({ name }) => name))
  return {
    rows,
    ...(writtenBy === null ? {} : { writtenBy }),
    compression: [...compression],
    ...(Object.keys(renamed).length === 0 ? {} : { renamed }),
  }
}
