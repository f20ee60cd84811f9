import { parseDatasetId } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { loadColumn, quoteTable } from '../ddl/names.ts'
import { type LoadReceipt, readReceipt } from './receipts.ts'

/** $1 load id, $2 the quoted table. A restored database has other tables, and another table of receipts. */
const aboutTable = `
select l.rows_written > 0 as wrote, l.mode = 'view' as "ofView",
  to_regclass($2) is null as absent,
  l.table_oid is distinct from to_regclass($2)::oid and l.receipts_oid = 'public.sluice_loads'::regclass::oid as replaced,
  l.table_file is distinct from pg_relation_filenode(to_regclass($2)) and l.receipts_oid = 'public.sluice_loads'::regclass::oid as rewritten,
  exists (
    select from public.sluice_loads other where other.dataset = l.dataset and other.id > l.id and other.mode in ('full', 'partition')
      and other.table_oid is not distinct from to_regclass($2)::oid
  ) as superseded,
  exists (select from public.sluice_loads other where other.dataset = l.dataset and other.id > l.id and other.mode = 'retain') as retained
from public.sluice_loads l where l.id = $1`

interface AboutTable {
  readonly wrote: boolean
  /** It has no rows of its own: a later refresh stands in for an earlier one. */
  readonly ofView: boolean
  readonly absent: boolean
  readonly replaced: boolean
  /** Emptied by TRUNCATE, or written anew as a whole, as VACUUM FULL does. */
  readonly rewritten: boolean
  readonly superseded: boolean
  readonly retained: boolean
}

/**
 * Whether the rows that a receipt tells of went with their table: it was dropped, or emptied by hand, and may hold those of other loads by
 * now. A receipt lives and dies with what it vouches for, so that a replay writes the rows again. Rows that a retention or a full load took
 * away are not missing, nor are those that another load's rows stand in for.
 */
export async function isDead(db: Queryable, loadId: number, dataset: string): Promise<boolean> {
  const { layer, name } = parseDatasetId(dataset)
  const table = quoteTable(`${layer}.${name}`)
  const [about] = await db.query<AboutTable>(aboutTable, [loadId, table])
  if (about?.ofView === true) return about.absent
  if (about === undefined || !about.wrote) return false
  if (about.absent) return true
  const isOther = about.replaced || about.rewritten
  if (about.superseded || (about.retained && !isOther)) return false
  const [rows] = await db.query<{ live: boolean }>(
    `select exists (select from ${table} where ${loadColumn} = $1)
      or not $2 and exists (select from ${table}) and (exists (select from public.sluice_superseded where load_id = $1) or exists (select from public.sluice_versions where load_id = $1)) as live`,
    [loadId, isOther],
  )
  return rows?.live === false
}

/** The receipt of a batch and generation, as long as its rows live. */
export async function livingReceipt(db: Queryable, batch: string, generation: number): Promise<LoadReceipt | undefined> {
  const receipt = await readReceipt(db, batch, generation)
  return receipt === undefined || (await isDead(db, receipt.loadId, receipt.dataset)) ? undefined : receipt
}
