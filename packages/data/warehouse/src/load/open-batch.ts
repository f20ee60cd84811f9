import { type BatchWrite, bugErrors, type Instant } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { warehouseErrors } from '../errors.ts'
import { isDead } from './dead-receipt.ts'
import { newestOf, readsWhole, type WholeReads } from './order.ts'
import { type LoadReceipt, readReceipt } from './receipts.ts'
import { buryLoad, lockedBatch } from './statements.ts'

export type OpenedBatch =
  /** This batch and generation is there: nothing is to be done. */
  | { readonly receipt: LoadReceipt }
  | {
      readonly receipt?: undefined
      readonly id: number
      readonly asOf: Instant
      /** That of the batch's first load; a load without takes its own with its turn. */
      readonly turn: number | undefined
      /** Loads of lower generations of the batch. */
      readonly earlier: readonly number[]
    }

/**
 * Begins the one write of a batch and generation: whoever else is at it waits until this transaction ends. Receipts whose rows went with
 * their table are taken away first. `settings`: statements that run before. @throws `warehouse.failed` for a stale generation.
 */
export async function openBatch(tx: Connection, write: BatchWrite, reads: WholeReads = {}, settings?: string): Promise<OpenedBatch> {
  const { id, earlier } = await livingLoads(tx, write, settings)
  if (earlier.some(({ generation }) => generation === write.generation)) {
    const receipt = await readReceipt(tx, write.batch, write.generation)
    if (receipt !== undefined) return { receipt }
  }
  refuseStale(write, earlier)
  const turn = readsWhole(write, reads) || earlier.length === 0 ? undefined : Math.min(...earlier.map((load) => load.turn))
  return { id, asOf: await asOf(tx, write, reads), turn, earlier: earlier.map(({ id }) => id) }
}

interface EarlierLoad {
  readonly id: number
  readonly generation: number
  readonly turn: number
}

async function livingLoads(
  tx: Connection,
  { dataset, batch }: BatchWrite,
  settings: string | undefined,
): Promise<{ readonly id: number; readonly earlier: readonly EarlierLoad[] }> {
  const statements = [...(settings === undefined ? [] : [settings]), lockedBatch(dataset, batch)]
  const [locked] = await tx.query<{ id: number; loads: readonly EarlierLoad[] }>(statements.join('; '))
  if (locked === undefined)
    throw bugErrors.unreachable('the sequence of sluice_loads gave no id', { next: 'Nothing was written. Please report this.' })
  const living: EarlierLoad[] = []
  for (const load of locked.loads) {
    if (await isDead(tx, load.id, dataset)) await tx.query(buryLoad, [load.id])
    else living.push(load)
  }
  return { id: locked.id, earlier: living }
}

async function asOf(tx: Connection, { logicalTime, asOf: seen = logicalTime }: BatchWrite, { reads = [] }: WholeReads): Promise<number> {
  const [newest] = reads.length === 0 ? [] : await tx.query<{ asOf: number | null }>(newestOf, [reads])
  return Math.max(logicalTime, seen, newest?.asOf ?? logicalTime)
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
