import { parseDatasetId } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { loadColumn, quoteTable } from '../ddl/names.ts'
import { type LoadReceipt, readReceipt } from './receipts.ts'

/** $1 load id, $2 the quoted table. A restored database has other tables, and another table of receipts. */
const aboutTable = `
select l.rows_written > 0 as wrote,
  to_regclass($2) is null as absent,
  l.table_oid is distinct from to_regclass($2)::oid and l.receipts_oid = 'public.sluice_loads'::regclass::oid as replaced,
  exists (
    select from public.sluice_loads other where other.dataset = l.dataset and other.id > l.id and other.mode = 'full'
      and other.table_oid is not distinct from to_regclass($2)::oid
  ) as superseded,
  exists (select from public.sluice_loads other where other.dataset = l.dataset and other.id > l.id and other.mode = 'retain') as retained
from public.sluice_loads l where l.id = $1`

interface AboutTable {
  readonly wrote: boolean
  readonly absent: boolean
  readonly replaced: boolean
  readonly superseded: boolean
  readonly retained: boolean
}

/**
 * Whether the rows that a receipt tells of went with their table: it was dropped, or emptied by hand. A receipt lives and dies with what it
 * vouches for, so that a replay writes the rows again. Rows that a retention or a full load took away are not missing.
 */
export async function isDead(db: Queryable, loadId: number, dataset: string): Promise<boolean> {
  const { layer, name } = parseDatasetId(dataset)
  const table = quoteTable(`${layer}.${name}`)
  const [about] = await db.query<AboutTable>(aboutTable, [loadId, table])
  if (about === undefined || !about.wrote) return false
  if (about.absent) return true
  if (about.superseded || (about.retained && !about.replaced)) return false
  const [rows] = await db.query<{ own: boolean; any: boolean }>(
    `select exists (select from ${table} where ${loadColumn} = $1) as own, exists (select from ${table}) as any`,
    [loadId],
  )
  return rows !== undefined && !rows.own && (about.replaced || !rows.any)
}

/** The receipt of a batch and generation, as long as its rows live. */
export async function livingReceipt(db: Queryable, batch: string, generation: number): Promise<LoadReceipt | undefined> {
  const receipt = await readReceipt(db, batch, generation)
  return receipt === undefined || (await isDead(db, receipt.loadId, receipt.dataset)) ? undefined : receipt
}
