import { given } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { JudgedRows } from '@sluice/lake'
import type { RowsPlan } from './plan.ts'

/** All rows of the plan's query, good and broken. */
export async function judge(connection: DuckConnection, plan: RowsPlan): Promise<JudgedRows> {
  const [counts = { rowsIn: 0, rowsQuarantined: 0 }] = (await judgeBatches(connection, plan, '')).values()
  return { good: plan.good, broken: plan.broken, messages: plan.messages, counts }
}

/** The same of rows of several batches. @param batch the column that says which. */
export async function judgeBatches(
  connection: DuckConnection,
  plan: RowsPlan,
  batch: string,
): Promise<ReadonlyMap<string, JudgedRows['counts']>> {
  await connection.run(plan.stage)
  for (const { exists, mark } of plan.unique) {
    if ((await connection.value(exists)) !== null) await connection.run(mark)
  }
  const counts = await connection.rows<Record<string, string | number>>(plan.counts)
  const adjusted =
    plan.adjusted.length === 0
      ? []
      : await connection.rows<Record<string, string | number>>(`${plan.adjusted.join(' UNION ALL ')} ORDER BY rule`)
  const of = (row: Readonly<Record<string, string | number>>): string => String(row[batch] ?? '')
  const adjustedOf = Map.groupBy(adjusted, of)
  return new Map(
    counts.map((row) => {
      const changed = adjustedOf.get(of(row))
      return [
        of(row),
        {
          rowsIn: Number(row.rows_in),
          rowsQuarantined: Number(row.broken),
          ...given({ adjusted: changed && Object.fromEntries(changed.map(({ rule, values }) => [String(rule), Number(values)])) }),
        },
      ]
    }),
  )
}
