import { type AnswerBudget, type CutBy, firstRowTooLarge } from '@sluice/core'
import { type Connection, eachRow } from '@sluice/postgres'
import type { Answer } from './answer.ts'
import { jsonSafe } from './json-safe.ts'

/** Rows as JSON text, each made when it came: what is held is the text. */
export interface CutRows {
  readonly fields: Answer['fields']
  readonly rows: readonly string[]
  readonly cutBy: CutBy | null
}

/** Rows that are asked for at once: the first look, what is aimed at after it, and the most. */
const batch = { first: 100, bytes: 2 ** 20, most: 10_000 }

/**
 * The rows of a cursor until the limit, or until the answer has used up its budget. What is over is not read: the session is cut off, which
 * the pool replaces, and the server ends the statement. @throws `query.too_large` when the first row alone is over
 */
export async function fetchWithin(tx: Connection, cursor: string, limit: number, budget: AnswerBudget): Promise<CutRows> {
  const rows: string[] = []
  let [bytes, size] = [0, batch.first]
  for (;;) {
    const wanted = Math.min(size, limit + 1 - rows.length)
    const got = await readWithin(
      tx,
      { text: `fetch forward ${wanted} from ${cursor}`, values: [] },
      { bytes: budget.bytes - bytes, cells: budget.cells, rowsBefore: rows.length },
    )
    for (const row of got.rows) {
      bytes += row.length
      rows.push(row)
    }
    if (got.cutBy !== null) return { fields: got.fields, rows: rows.slice(0, limit), cutBy: got.cutBy }
    if (rows.length > limit) return { fields: got.fields, rows: rows.slice(0, limit), cutBy: 'limit' }
    if (got.rows.length < wanted) return { fields: got.fields, rows, cutBy: null }
    size = Math.max(1, Math.min(batch.most, Math.floor((batch.bytes * rows.length) / Math.max(1, bytes))))
  }
}

/** The rows of one statement, as they come. */
export async function readWithin(
  tx: Connection,
  statement: { readonly text: string; readonly values: readonly unknown[] },
  left: AnswerBudget & { readonly rowsBefore: number },
): Promise<CutRows> {
  const rows: string[] = []
  let bytes = 0
  let by: CutBy = 'bytes'
  const take = (row: readonly unknown[]): boolean => {
    const text = JSON.stringify(row.map(jsonSafe))
    bytes += text.length
    const before = left.rowsBefore + rows.length
    if (before > 0 && (before + 1) * row.length > left.cells) by = 'cells'
    else if (bytes <= left.bytes) return rows.push(text) > 0
    return false
  }
  const { fields, cutOff } = await eachRow(tx, statement, { onRow: take, mostBytes: left.bytes + batch.bytes })
  if (cutOff && left.rowsBefore + rows.length === 0) throw firstRowTooLarge(left.bytes)
  return { fields, rows, cutBy: cutOff ? by : null }
}
