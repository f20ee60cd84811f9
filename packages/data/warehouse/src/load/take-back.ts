import { supersededMs } from '@sluice/author'
import type { Instant } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import type { LoadPlan } from './plan.ts'
import { dropLongSuperseded, hasSuperseded, takeBackStatements } from './superseded.ts'

interface Earlier {
  /** Ids of the loads whose rows go. */
  readonly earlier: readonly number[]
  readonly dataset: string
  /** Deletes their rows where nothing was kept aside. */
  readonly deleteLoads: string
}

/** Deletes the rows of earlier loads. Under the keys that they held, the next rows in order come back. */
export async function takeBack(tx: Connection, plan: LoadPlan, { earlier, dataset, deleteLoads }: Earlier): Promise<void> {
  const sql = takeBackStatements(plan)
  await tx.query(sql.forget, [earlier])
  const [superseded] = await tx.query<{ found: boolean }>(hasSuperseded, [dataset])
  if (superseded?.found !== true) {
    await tx.query(deleteLoads, [earlier])
    return
  }
  await tx.query(sql.createGone)
  await tx.query(sql.delete, [earlier])
  await tx.query(sql.restore, [earlier, dataset])
  await tx.query(sql.dropGone)
}

/** Rows that another one has stood in for so long that nobody corrects their batches any more: with the first load of a logical day. */
export async function dropSuperseded(
  tx: Connection,
  plan: LoadPlan,
  { dataset, asOf }: { readonly dataset: string; readonly asOf: Instant },
): Promise<void> {
  await tx.query(dropLongSuperseded(plan), [dataset, asOf - supersededMs(plan.table.facts)])
}
