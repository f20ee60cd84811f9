import { refresh, type TableContext } from '../context.ts'
import { lineMaker } from '../files/row-line.ts'
import { asLeaf, type DeltaType, parseSchema, toDuckType } from '../schema/schema.ts'
import { type Scratch, scratchOn } from '../scratch.ts'
import { quoteIdentifier, quoteLiteral } from '../sql.ts'
import { byColumn, type ColumnarRows, isColumnar } from './columnar-rows.ts'
import type { Rows } from './request.ts'

type RowObjects = Exclude<Rows, ColumnarRows>

/**
 * Runs a write whose rows the caller gives: they go to a temporary table once, and the write takes a SELECT of it, which may run again
 * after a lost race.
 */
export async function withRows<Result>(context: TableContext, rows: Rows, act: (select: string) => Promise<Result>): Promise<Result> {
  await using scratch = scratchOn(context.connection)
  return await act(isColumnar(rows) ? await selectOfColumns(scratch, rows) : await selectOf(context, scratch, rows))
}

/** The types of the columns are those of the source, so that the write refuses what it would also refuse of a query. */
async function selectOfColumns(scratch: Scratch, rows: ColumnarRows): Promise<string> {
  const { columns, chunks } = await rows[byColumn]()
  const table = await scratch.keepColumns(columns, chunks)
  const list = columns.map(({ name, type }) => (type === undefined ? `NULL AS ${quoteIdentifier(name)}` : quoteIdentifier(name)))
  return `SELECT ${list.join(', ')} FROM ${table}`
}

/** The columns are those that any of the rows names: a merge leaves the others as they are. */
async function selectOf(context: TableContext, scratch: Scratch, rows: RowObjects): Promise<string> {
  const schema = parseSchema((await refresh(context)).metadata.schemaString)
  const used = new Set<string>()
  const toLine = lineMaker(schema, used)
  const table = await scratch.keepLines(linesOf(rows, toLine))
  const form = Object.fromEntries(schema.fields.map(({ name, type }) => [name, toDuckType(inJson(type))]))
  const columns = schema.fields
    .filter(({ name }) => used.size === 0 || used.has(name))
    .map(({ name, type }) => `CAST(${quoteIdentifier(name)} AS ${toDuckType(type)}) AS ${quoteIdentifier(name)}`)
  return `SELECT ${columns.join(', ')} FROM (SELECT unnest(from_json_strict(line, ${quoteLiteral(JSON.stringify(form))})) FROM ${table})`
}

/** The type as which DuckDB reads a column's JSON. It takes a text for a binary as it is; the cast to BLOB reads the escapes in it. */
function inJson(type: DeltaType): DeltaType {
  if (typeof type === 'string') return type === 'binary' ? 'string' : type
  switch (type.type) {
    case 'array':
      return { ...type, elementType: inJson(type.elementType) }
    case 'map':
      return { ...type, keyType: inJson(type.keyType), valueType: inJson(type.valueType) }
    case 'struct':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: inJson(field.type) })) }
    default:
      return asLeaf(type, type)
  }
}

async function* linesOf(rows: RowObjects, toLine: (row: unknown, index: number) => string): AsyncGenerator<string> {
  let index = 0
  for await (const row of rows) yield toLine(row, index++)
}
