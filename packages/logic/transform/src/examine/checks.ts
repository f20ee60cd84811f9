import { type AnyDataset, datasetsIn, type Reading, type Sql } from '@sluice/author'
import { definitionErrors, type SluiceError, type Store } from '@sluice/core'
import { duckdbErrors } from '@sluice/duckdb'
import { type Lake, lakeErrors } from '@sluice/lake'
import type { Pool } from '@sluice/postgres'
import { queryColumns, renderSql } from '@sluice/warehouse'
import { refuseClock } from '../model/clock-words.ts'

/** A check as it is examined: a rule, and a message that may name its columns. */
export interface CheckSpec {
  readonly name: string
  readonly store: Store
  /** Ids. */
  readonly reads: readonly string[]
  readonly sql: Sql
  readonly message: string
}

export interface ExaminedCheck<C extends CheckSpec = CheckSpec> {
  readonly check: C
  readonly datasets: ReadonlyMap<string, AnyDataset>
}

export interface CheckFinding<C extends CheckSpec = CheckSpec> {
  readonly check: C
  readonly fault: SluiceError
}

interface AnswerColumn {
  readonly name: string
  readonly isBoolean: boolean
}

/**
 * What evaluating these rules would refuse before it looks at a row: SQL that does not bind, the clock, a first column that is not a
 * boolean, columns that a message names and the rule does not give. @param lake one in which nothing was written
 */
export async function examineChecksInLake<C extends CheckSpec>(
  checks: readonly ExaminedCheck<C>[],
  lake: Pick<Lake, 'connect' | 'render'>,
): Promise<readonly CheckFinding<C>[]> {
  const connection = await lake.connect()
  try {
    return await findings(checks, async ({ check, datasets }) => {
      const { select } = await lake.render(connection, check.sql, emptyReading(check, datasets))
      const columns = await connection.columns(select)
      return columns.map(({ name, type }) => ({ name, isBoolean: type.toLowerCase() === 'boolean' }))
    })
  } finally {
    connection.close()
  }
}

const booleanOid = 16

/** The same of rules over the warehouse. @param pool of a database with the tables as the datasets declare them */
export async function examineChecksInWarehouse<C extends CheckSpec>(
  checks: readonly ExaminedCheck<C>[],
  pool: Pool,
): Promise<readonly CheckFinding<C>[]> {
  return await pool.withConnection(
    async (connection) =>
      await findings(checks, async ({ check, datasets }) => {
        const query = renderSql(check.sql, emptyReading(check, datasets))
        const columns = await queryColumns(connection, { name: `check ${check.name}` }, query)
        return columns.map(({ name, type }) => ({ name, isBoolean: type === booleanOid }))
      }),
  )
}

async function findings<C extends CheckSpec>(
  checks: readonly ExaminedCheck<C>[],
  describe: (check: ExaminedCheck<C>) => Promise<readonly AnswerColumn[]>,
): Promise<readonly CheckFinding<C>[]> {
  const found: CheckFinding<C>[] = []
  for (const examined of checks) {
    const { check } = examined
    try {
      refuseClock(check.name, check.sql)
      found.push(...answerFaults(check, await describe(examined)).map((fault) => ({ check, fault })))
    } catch (thrown) {
      // Nothing is claimed of a rule that reads exports, whose columns are known only when there is one.
      if (lakeErrors.dataset_unknown.is(thrown)) continue
      if (definitionErrors.invalid.is(thrown)) found.push({ check, fault: thrown })
      else if (duckdbErrors.failed.is(thrown)) found.push({ check, fault: thrown.with({ next: 'Correct the SQL of the rule.' }) })
      else throw thrown
    }
  }
  return found
}

function answerFaults({ name, message }: CheckSpec, columns: readonly AnswerColumn[]): readonly SluiceError[] {
  const [first, ...others] = columns
  const faults: SluiceError[] = []
  if (first?.isBoolean !== true) {
    faults.push(
      definitionErrors.invalid(`check ${name}: the first column of the rule is not a boolean: it says whether the rule holds`, {
        facts: { check: name, ...(first === undefined ? {} : { word: first.name }) },
        next: 'Write the condition as the first column, for example count(*) >= 10 as ok.',
      }),
    )
  }
  const given = others.map((column) => column.name)
  for (const [, word = ''] of message.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) {
    if (given.includes(word)) continue
    faults.push(
      definitionErrors.invalid(`check ${name}: the rule does not give the column ${word} that its message names`, {
        facts: { check: name },
        next: 'Select it in the rule, or correct the message.',
      }),
    )
  }
  return faults
}

/** Of an instant at which nothing was written yet. */
const emptyReading = ({ reads, sql }: CheckSpec, datasets: ReadonlyMap<string, AnyDataset>): Reading => ({
  datasets: new Map([...datasets].filter(([id]) => reads.includes(id))),
  interval: { start: 0, end: 0 },
  timeZone: 'UTC',
  batches: new Map(datasetsIn(sql).map((id) => [id, []])),
})
