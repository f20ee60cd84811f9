import type { AnyDataset, DriftPolicies } from '@sluice/author'
import type { DuckConnection } from '@sluice/duckdb'
import type { RowsPlan } from '../rows/plan.ts'
import type { DriftEvent } from './columns.ts'

/** One row or two that are broken say nothing of a column. */
const fewest = 3

/**
 * Columns most values of which do not convert, of the rows that a plan has staged: by batch, where it has several, else under `''`. Only
 * rows that are broken can hold such values.
 */
export async function retypedIn(
  connection: DuckConnection,
  plan: Pick<RowsPlan, 'misfits'>,
  { columns }: Pick<AnyDataset, 'columns'>,
  of: { readonly broken: boolean; readonly policy: Required<DriftPolicies>['retyped']; readonly batch?: string },
): Promise<ReadonlyMap<string, readonly DriftEvent[]>> {
  const names = Object.entries(columns).flatMap(([name, { type, orNull }]) => (type.kind === 'text' || orNull ? [] : [name]))
  if (names.length === 0 || !of.broken) return new Map()
  const found = await connection.rows<{ batch: string; name: string; there: number; misfits: number }>(
    `SELECT ${of.batch ?? "''"} AS batch, name, there, misfits FROM (${plan.misfits(names)}) WHERE misfits >= ${fewest} AND misfits * 2 > there ORDER BY ALL`,
  )
  const events = found.map(({ batch, name, there, misfits }) => ({
    batch,
    event: { event: 'retyped', column: name, values: there, misfits, policy: of.policy } satisfies DriftEvent,
  }))
  return new Map([...Map.groupBy(events, ({ batch }) => batch)].map(([batch, all]) => [batch, all.map(({ event }) => event)]))
}
