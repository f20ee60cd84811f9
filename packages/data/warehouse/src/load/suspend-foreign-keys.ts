import type { Connection } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import type { LoadPlan } from './plan.ts'
import { aboutTarget, foreignKeys } from './statements.ts'

/** Below this the triggers cost less than the locks. */
const suspendFrom = 10_000

export interface Change {
  /** Rows to be inserted, about. */
  readonly rows: number
  /** Rows of an earlier generation are deleted first. */
  readonly replaces: boolean
}

/**
 * Runs `act` without the table's foreign keys where that is cheaper, and puts them back as they were, which checks all rows at once. A
 * trigger costs about 3 us a row and key, the check of the whole table 0.14 us a row of it: worth it from 4 % of the rows on (1 M rows, 4
 * keys: 16.8 s -> 4.2 s). Readers of the table wait until the load commits; nobody sees it without keys.
 */
export async function withForeignKeysSuspended(tx: Connection, plan: LoadPlan, change: Change, act: () => Promise<void>): Promise<void> {
  const target = quoteTable(plan.table.name)
  const suspended = change.rows < suspendFrom ? [] : await suspendable(tx, target, change)
  for (const { name } of suspended) await tx.query(`alter table ${target} drop constraint ${name}`)
  await act()
  for (const { name, definition } of suspended) await tx.query(`alter table ${target} add constraint ${name} ${definition}`)
}

interface ForeignKey {
  readonly name: string
  readonly definition: string
}

/** Rows deleted from a table that others refer to leave checks to do at the end, and ALTER TABLE refuses a table with such. */
async function suspendable(tx: Connection, target: string, change: Change): Promise<readonly ForeignKey[]> {
  const [about] = await tx.query<{ large: boolean; isReferred: boolean }>(aboutTarget, [target, change.rows])
  if (about?.large !== true || (change.replaces && about.isReferred)) return []
  return await tx.query<ForeignKey>(foreignKeys, [target])
}
