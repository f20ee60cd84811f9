import { type AnswerBudget, type CutBy, exactJson, firstRowTooLarge, type Json, joinedPieces } from '@sluice/core'
import type { DuckConnection, Row } from '@sluice/duckdb'

/** The first rows of a query: cells in the order of the columns. Instants are ISO-8601, decimals and integers past 2^53 are text. */
export interface LakeAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly Json[])[]
  /** There is more. */
  readonly truncated: boolean
  /** Why there is more: the limit that was asked for, or the most that any answer may have. */
  readonly cutBy: CutBy | null
}

/**
 * The JSON of an answer, in pieces. Rows are taken from DuckDB chunk by chunk and made text at once, so what is held is the text and one
 * chunk. @throws `query.too_large` when the first row alone is over the budget
 */
export async function answerText(connection: DuckConnection, sql: string, limit: number, budget: AnswerBudget): Promise<readonly string[]> {
  const columns = (await connection.columns(sql)).map(({ name, type }) => ({ name, type: type.toLowerCase() }))
  // DuckDB makes all rows of a LIMIT before it gives the first: no more than the budget has room for.
  const most = Math.min(limit, Math.ceil(budget.cells / Math.max(1, columns.length))) + 1
  const { rows, cutBy } = await firstRows(connection.stream(`SELECT * FROM (${sql}) LIMIT ${most}`), columns, limit, budget)
  return joinedPieces([
    `{"columns":${JSON.stringify(columns)},"rows":[`,
    ...rows,
    `],"truncated":${cutBy !== null},"cutBy":${JSON.stringify(cutBy)}}`,
  ])
}

async function firstRows(
  chunks: AsyncIterable<readonly Row[]>,
  columns: LakeAnswer['columns'],
  limit: number,
  budget: AnswerBudget,
): Promise<{ readonly rows: readonly string[]; readonly cutBy: CutBy | null }> {
  const rows: string[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    for (const row of chunk) {
      if (rows.length === limit) return { rows, cutBy: 'limit' }
      if ((rows.length + 1) * columns.length > budget.cells && rows.length > 0) return { rows, cutBy: 'cells' }
      const text = JSON.stringify(columns.map(({ name, type }) => cellOf(row[name] ?? null, type)))
      bytes += Buffer.byteLength(text) + 1
      if (bytes > budget.bytes && rows.length > 0) return { rows, cutBy: 'bytes' }
      if (bytes > budget.bytes) throw firstRowTooLarge(budget.bytes)
      rows.push(rows.length === 0 ? text : `,${text}`)
    }
  }
  return { rows, cutBy: null }
}

/** JSON as the value that its text is; a single precision number by the digits that tell it apart. */
function cellOf(value: Json, type: string): Json {
  if (type === 'json' && typeof value === 'string') return exactJson(value)
  if (type !== 'float' || typeof value !== 'number') return value
  const digits = [6, 7, 8].find((each) => Math.fround(Number(value.toPrecision(each))) === value) ?? 9
  return Number(value.toPrecision(digits))
}
