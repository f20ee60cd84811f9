import { given } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { JudgedRows } from '@sluice/lake'
import type { RowsPlan } from './plan.ts'

/** All rows of the plan's query, good and broken. */
export async function judge(connection: DuckConnection, plan: RowsPlan): Promise<JudgedRows> {
  await connection.run(plan.stage)
  for (const { exists, mark } of plan.unique) {
    if ((await connection.value(exists)) !== null) await connection.run(mark)
  }
  const [counts] = await connection.rows<{ rows_in: number; broken: number }>(plan.counts)
  return {
    good: plan.good,
    broken: plan.broken,
    messages: plan.messages,
    counts: {
      rowsIn: counts?.rows_in ?? 0,
      rowsQuarantined: counts?.broken ?? 0,
      ...given({ adjusted: await adjusted(connection, plan) }),
    },
  }
}

async function adjusted(connection: DuckConnection, plan: RowsPlan): Promise<Readonly<Record<string, number>> | undefined> {
  if (plan.adjusted.length === 0) return undefined
  const found = await connection.rows<{ rule: string; values: number }>(`${plan.adjusted.join(' UNION ALL ')} ORDER BY rule`)
  return found.length === 0 ? undefined : Object.fromEntries(found.map(({ rule, values }) => [rule, values]))
}
