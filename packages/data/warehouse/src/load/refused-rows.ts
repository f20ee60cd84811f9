import { type Rule, refusalRule } from '@sluice/checks'
import { SluiceError } from '@sluice/core'
import type { Connection } from '@sluice/postgres'

/** A staged row that the database would not take, and why. */
export interface RefusedRow {
  readonly line: number
  readonly rule: Rule
}

/** More than so many rows, and it is not the rows: the load fails with what the database said. */
const most = 1_000

/**
 * What the database refuses and no rule of the dataset knows: checks, unique and exclusion constraints, triggers and domains made by hand,
 * generated columns that overflow. SQLSTATE classes 22 (data), 23 (integrity), P0001 (raised), 44000 (views).
 */
export const isOfRow = (thrown: unknown): thrown is SluiceError =>
  thrown instanceof SluiceError && /^(?:22|23|P0001$|44000$)/.test(String(thrown.facts.sqlstate))

/**
 * Tries the insert of ranges of lines, halved until a range is taken or is one line: 2 log n inserts a row that is refused. What it
 * inserts is the caller's to take back. @throws what the database said, where too many rows are refused
 */
export async function refusedRows(
  tx: Connection,
  insertBetween: (from: number, to: number) => Promise<unknown>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly RefusedRow[]> {
  const refused: RefusedRow[] = []
  await attempt(from, to)
  return refused

  async function attempt(first: number, last: number): Promise<void> {
    await tx.query('savepoint some_rows')
    try {
      await insertBetween(first, last)
      await tx.query('release savepoint some_rows')
      return
    } catch (thrown) {
      if (!isOfRow(thrown)) throw thrown
      await tx.query('rollback to savepoint some_rows')
      await tx.query('release savepoint some_rows')
      if (first === last) {
        refused.push({ line: first, rule: ruleOf(thrown) })
        if (refused.length > most) throw thrown
        return
      }
    }
    const middle = first + Math.floor((last - first) / 2)
    await attempt(first, middle)
    await attempt(middle + 1, last)
  }
}

function ruleOf({ message, facts }: SluiceError): Rule {
  const { constraint, column, sqlstate } = facts
  if (sqlstate === '23502' && typeof column === 'string') return refusalRule('not_null', column, message)
  return typeof constraint === 'string' ? refusalRule('constraint', constraint, message) : refusalRule('refused', String(sqlstate), message)
}
