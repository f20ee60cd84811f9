import { type BatchWrite, bugErrors } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { warehouseErrors } from '../errors.ts'
import { type LoadRecord, readReceipt } from './receipts.ts'
import { earlierLoads, lockBatch, nextLoadId } from './statements.ts'

export type OpenedBatch =
  /** This batch and generation is there: nothing is to be done. */
  | { readonly receipt: LoadRecord }
  | {
      readonly receipt?: undefined
      readonly id: number /** Loads of lower generations of the batch. */
      readonly earlier: readonly number[]
    }

/**
 * Begins the one write of a batch and generation: whoever else is at it waits until this transaction ends. @throws `warehouse.failed` for a
 * stale one.
 */
export async function openBatch(tx: Connection, write: BatchWrite): Promise<OpenedBatch> {
  await tx.query(lockBatch, [write.dataset, write.batch])
  const earlier = await tx.query<{ id: number; generation: number }>(earlierLoads, [write.dataset, write.batch])
  if (earlier.some(({ generation }) => generation === write.generation)) {
    const receipt = await readReceipt(tx, write.batch, write.generation)
    if (receipt !== undefined) return { receipt }
  }
  refuseStale(write, earlier)
  const [next] = await tx.query<{ id: number }>(nextLoadId)
  if (next === undefined) throw bugErrors.unreachable('the sequence of sluice_loads gave no id')
  return { id: next.id, earlier: earlier.map(({ id }) => id) }
}

/** The batch was cleared and written anew while this attempt was on its way: what it did must not come back. */
function refuseStale(write: BatchWrite, earlier: readonly { readonly generation: number }[]): void {
  const newest = Math.max(-1, ...earlier.map(({ generation }) => generation))
  if (newest < write.generation) return
  throw warehouseErrors.failed(`batch ${write.batch} of ${write.dataset} is already there in generation ${newest}`, {
    facts: { dataset: write.dataset, batch: write.batch, generation: write.generation, newest },
    next: 'Nothing to do: a newer execution of this task has written the batch.',
  })
}
