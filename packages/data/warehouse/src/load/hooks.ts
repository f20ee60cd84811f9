import type { Connection } from '@sluice/postgres'
import { toFault } from '@sluice/postgres'
import { warehouseErrors } from '../errors.ts'
import type { QuerySource } from './query-source.ts'

/** Runs statements in the transaction of a write, one after the other. @throws `warehouse.failed` naming the statement */
export async function runHooks(tx: Connection, hooks: readonly QuerySource[], which: 'before' | 'after'): Promise<void> {
  for (const [at, { text, params }] of hooks.entries()) {
    try {
      // The server takes one statement alone in this protocol: a text of two could end the transaction.
      await tx.native.query({ text, values: [...params], queryMode: 'extended' } as never)
    } catch (thrown) {
      const fault = toFault(thrown, text)
      if (fault.code !== 'postgres.failed') throw fault
      throw warehouseErrors.failed(`hook ${at + 1} ${which} the write: ${fault.message}`, {
        cause: fault,
        facts: fault.facts,
        next: 'Correct the statement in hooks of the model. Nothing was written.',
      })
    }
  }
}
