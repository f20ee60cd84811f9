import type { Connection } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { columnHasDefault, keepsFirst, type LoadPlan, type Road } from './plan.ts'
import { touchPrefix } from './touched.ts'

/** Below this the triggers cost less than the questions. */
const uncheckedFrom = 10_000

/**
 * $1 the quoted table: whether this role may do without triggers, and whether the table has only those of foreign keys that a join does
 * again. A unique constraint that is checked at the end is a trigger, too; a key that is not valid is not among those looked at, and one
 * that matches in full refuses what a join lets pass.
 */
const mayDoWithout = `
select has_parameter_privilege('session_replication_role', 'set')
  and not exists (select from pg_trigger where tgrelid = $1::regclass and not tgisinternal and not starts_with(tgname, '${touchPrefix}'))
  and not exists (select from pg_constraint where conrelid = $1::regclass
    and (contype in ('u', 'p', 'x') and condeferrable or contype = 'f' and (not convalidated or confmatchtype = 'f'))) as may`

/**
 * Whether the rows of an append may go into the table unchecked: this load has looked for orphans itself, by a join, and so does again what
 * four triggers a row would do (1 M rows, 4 keys: 16.8 s). Dropping the keys and adding them again costs readers the table; this costs them
 * nothing. Locks the tables referred to against writers until the end, so that what was found stays there.
 */
export async function mayInsertUnchecked(tx: Connection, plan: LoadPlan, road: Road, rows: number): Promise<boolean> {
  const { table, mode, references } = plan
  if (!keepsFirst(mode) || references.length === 0 || rows < uncheckedFrom || !looksAtAll(plan, road)) return false
  const [answer] = await tx.query<{ may: boolean }>(mayDoWithout, [quoteTable(table.name)])
  if (answer?.may !== true) return false
  await lockParents(tx, plan)
  return true
}

/** Each foreign key is filled by the load, and so looked at, or null. */
export function looksAtAll({ table, references }: LoadPlan, road: Road): boolean {
  const looked = new Set(road.references.map(({ columns }) => columns.join()))
  return references.every(({ columns }) => looked.has(columns.join()) || !columns.some((name) => columnHasDefault(table, name)))
}

/** The tables referred to wait with writers until the end, so that what was found stays there. */
export async function lockParents(tx: Connection, { table, references }: LoadPlan): Promise<void> {
  const parents = [...new Set(references.map((reference) => reference.table))].filter((parent) => parent !== table.name).toSorted(byText)
  for (const parent of parents) await tx.query(`lock table ${quoteTable(parent)} in share mode`)
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1)

/** Runs an insert without the triggers of foreign keys. */
export async function unchecked<T>(tx: Connection, insert: () => Promise<T>): Promise<T> {
  await tx.query('set local session_replication_role = replica')
  const result = await insert()
  await tx.query('set local session_replication_role = origin')
  return result
}
