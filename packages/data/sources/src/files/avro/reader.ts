import type { AvroFormat } from '@sluice/author'
import { type DuckConnection, fileList, quoteIdentifier } from '@sluice/duckdb'
import { type PlainFile, plainFile } from '../bytes/plain-file.ts'
import { type Parsed, parseIsolated, rowsPath } from '../isolated/isolated.ts'
import type { FileAtHand, FileColumn, Found, OpenFile, ReadContext, Reader } from '../reader.ts'
import { uniqueNames } from '../records/names.ts'
import type { AvroTask, ParsedAvro } from './parse.ts'

/** Records that are looked at. */
const looked = 1_000

export const reader: Reader<AvroFormat> = {
  kind: 'avro',
  async sniff(file, { compression }, context) {
    await using plain = await plainFile(file, compression, context)
    await using parsed = await parseContainer(plain.file, looked, context)
    return { ...packed(plain), ...foundOf(parsed.result), columns: columnsOf(parsed.result).map(({ name, type }) => ({ name, type })) }
  },
  async open(_connection: DuckConnection, file, { compression }, context): Promise<OpenFile> {
    await using plain = await plainFile(file, compression, context)
    const parsed = await parseContainer(plain.file, context.most ?? null, context)
    const columns = columnsOf(parsed.result)
    const from = `read_parquet(${fileList([rowsPath(parsed.folder, 'rows')])})`
    // The first column has the number of the record.
    const values = columns.map(({ name }, at) => `c${at + 1} AS ${quoteIdentifier(name)}`)
    return {
      found: { ...packed(plain), ...foundOf(parsed.result) },
      isPart: parsed.result.isPart,
      columns,
      rows: `SELECT ${values.length === 0 ? 'NULL::VARCHAR AS nothing' : values.join(', ')} FROM ${from}`,
      numbered: `SELECT ${['c0 AS _row', ...values].join(', ')} FROM ${from}`,
      refused:
        parsed.result.refused === 0
          ? undefined
          : `SELECT c0 AS row_number, '${rule}' AS rule, NULL::VARCHAR AS place, c1 AS cells FROM read_parquet(${fileList([rowsPath(parsed.folder, 'refused')])})`,
      messages: { [rule]: 'The block of the record is damaged.' },
      recovered: async () => ({}),
      [Symbol.asyncDispose]: () => parsed[Symbol.asyncDispose](),
    }
  },
}

const packed = ({ compression }: PlainFile): Found => (compression === 'none' ? {} : { compression })

const rule = 'record(block)'

const parseContainer = (file: FileAtHand, most: number | null, context: ReadContext): Promise<Parsed<ParsedAvro>> =>
  parseIsolated<ParsedAvro, AvroTask>(file, { parser: import.meta.resolve('./parse.ts'), task: { most } }, context)

function columnsOf({ columns }: ParsedAvro): readonly FileColumn[] {
  const { names } = uniqueNames(columns.map(({ name }) => name))
  return columns.map(({ type }, at) => ({ name: names[at] ?? '', type }))
}

function foundOf(parsed: ParsedAvro): Found {
  const { codec, schema, columns, refused, brokenBlocks } = parsed
  const { renamed } = uniqueNames(columns.map(({ name }) => name))
  return {
    codec,
    schema,
    ...(refused === 0 ? {} : { brokenBlocks: [...brokenBlocks] }),
    ...(Object.keys(renamed).length === 0 ? {} : { renamed }),
  }
}
