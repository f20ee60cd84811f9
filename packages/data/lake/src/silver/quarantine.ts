import type { BatchWrite } from '@sluice/core'
import type { Column } from '@sluice/delta'
import { quoteLiteral } from '@sluice/duckdb'
import { quarantineOf, tableStore } from '../dataset.ts'
import { failureOf } from '../failure.ts'
import type { SilverContext } from './commit.ts'
import { openExisting, openOrCreate } from './open.ts'

/** The same names as `sluice_quarantine` of the warehouse; none that SQL reads only in quotes. */
export const quarantineColumns: readonly Column[] = [
  { name: 'batch', type: 'string' },
  { name: 'generation', type: 'integer' },
  { name: 'row_number', type: 'long' },
  { name: 'rule', type: 'string' },
  { name: 'place', type: 'string' },
  { name: 'cells', type: 'string' },
  { name: 'quarantined_at', type: 'timestamp' },
]

/** Of rows that came in files: the path of theirs, in the column `file`, which the table gets with the first of them. */
export const fileOf = ({ file }: BatchWrite): string => (file === undefined ? 'NULL' : quoteLiteral(file.path))

export interface BrokenRows {
  /** SELECT with the columns `row_number` (from 1, in the whole result), `rule`, `place` (the columns at fault) and `cells` (JSON text). */
  readonly select: string
  readonly rows: number
}

/**
 * Whether the rows of batches must be judged one by one: the table is new, or an earlier generation of one of them has been through the
 * quarantine, and the next one must be too, if only to take its rows back.
 */
export async function mustBeJudged({ dataset, connection }: SilverContext, writes: readonly BatchWrite[]): Promise<boolean> {
  if ((await openExisting(connection, tableStore(dataset))) === undefined) return true
  const table = await openExisting(connection, tableStore(quarantineOf(dataset)))
  if (table === undefined) return false
  const { txns } = await table.snapshot()
  return writes.some(({ batch }) => txns.has(batch))
}

/**
 * Puts the broken rows of a batch into `<name>__quarantine`, in the place of those of earlier generations, and of those that an attempt has
 * left which died before its receipt.
 */
export async function quarantine({ dataset, connection, now }: SilverContext, write: BatchWrite, broken: BrokenRows): Promise<void> {
  const store = tableStore(quarantineOf(dataset))
  try {
    const existing = await openExisting(connection, store)
    if (broken.rows === 0 && (existing === undefined || !(await existing.snapshot()).txns.has(write.batch))) return
    const table = existing ?? (await openOrCreate(connection, store, quarantineColumns, undefined))
    const { txns } = await table.snapshot()
    await table.replaceBatch({
      column: 'batch',
      value: write.batch,
      ...(txns.get(write.batch) === write.generation ? {} : { txn: { appId: write.batch, version: write.generation } }),
      evolve: true,
      commitInfo: { sluiceQuarantine: { dataset: write.dataset, batch: write.batch, generation: write.generation, run: write.run } },
      select: `SELECT ${write.generation}::INTEGER AS generation, row_number::BIGINT AS row_number, rule, place, cells,
        CAST(${quoteLiteral(new Date(now()).toISOString())} AS TIMESTAMPTZ) AS quarantined_at${
          write.file === undefined ? '' : `, ${fileOf(write)} AS file`
        } FROM (${broken.select})`,
    })
  } catch (thrown) {
    throw failureOf(thrown, `writing the quarantine of ${write.dataset}`)
  }
}
