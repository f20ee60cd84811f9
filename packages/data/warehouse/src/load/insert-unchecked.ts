import type { Connection } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { columnHasDefault, type LoadPlan, type Road } from './plan.ts'

/** Below this the triggers cost less than the questions. */
const uncheckedFrom = 10_000

/**
 * $1 the quoted table: whether this role may do without triggers, and whether the table has only those of foreign keys. A unique constraint
 * that is checked at the end is a trigger, too.
 */
const mayDoWithout = `
select has_parameter_privilege('session_replication_role', 'set')
  and not exists (select from pg_trigger where tgrelid = $1::regclass and not tgisinternal)
  and not exists (select from pg_constraint where conrelid = $1::regclass and contype in ('u', 'p', 'x') and condeferrable) as may`

/**
 * Whether the rows of an append may go into the table unchecked: this load has looked for orphans itself, by a join, and so does again what
 * four triggers a row would do (1 M rows, 4 keys: 16.8 s). Dropping the keys and adding them again costs readers the table; this costs them
 * nothing. Locks the tables referred to against writers until the end, so that what was found stays there.
 */
export async function mayInsertUnchecked(tx: Connection, plan: LoadPlan, road: Road, rows: number): Promise<boolean> {
  const { table, mode, references } = plan
  if (mode !== 'append' || references.length === 0 || rows < uncheckedFrom) return false
  // Each key is filled by the load, and so looked at, or null.
  const looked = new Set(road.references.map(({ columns }) => columns.join()))
  if (references.some(({ columns }) => !looked.has(columns.join()) && columns.some((name) => columnHasDefault(table, name)))) return false
  const [answer] = await tx.query<{ may: boolean }>(mayDoWithout, [quoteTable(table.name)])
  if (answer?.may !== true) return false
  const parents = [...new Set(references.map((reference) => reference.table))].filter((parent) => parent !== table.name).toSorted(byText)
  for (const parent of parents) await tx.query(`lock table ${quoteTable(parent)} in share mode`)
  return true
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1)

/** Runs an insert without the triggers of foreign keys. */
export async function unchecked<T>(tx: Connection, insert: () => Promise<T>): Promise<T> {
  await tx.query('set local session_replication_role = replica')
  const result = await insert()
  await tx.query('set local session_replication_role = origin')
  return result
}
