import type { TableContext } from '../context.ts'
import { scratchOn } from '../scratch.ts'
import { type ChangeResult, changeable, fileMetrics, predicateParameter, resultOf, unchanged } from './change.ts'
import { findRemoved } from './removed-rows.ts'
import type { DeleteOptions } from './request.ts'
import { changeRows, readsOf } from './row-change.ts'
import { candidatesOf, selectionOf } from './selection.ts'
import { transact, txnsOf } from './transaction.ts'

/** Deletes the rows for which the condition is TRUE. Without such a row it commits nothing, unless a `txn` must be recorded. */
export async function deleteRows(context: TableContext, options: DeleteOptions): Promise<ChangeResult> {
  return await transact<ChangeResult>(context, {
    txns: txnsOf(options),
    ifVersion: options.ifVersion,
    unchanged,
    async stage(base) {
      await using scratch = scratchOn(context.connection)
      const shape = changeable(base)
      const selection = await selectionOf(context.connection, options.where, shape)
      const candidates = await candidatesOf(context.connection, base.files.values(), selection, shape)
      const removed = await findRemoved(context, scratch, shape, selection, candidates, 'delete')
      const changed = await changeRows(context, scratch, {
        base,
        shape,
        schema: shape.schema,
        metadata: undefined,
        removed,
        fresh: undefined,
        updates: false,
      })
      if (changed.actions.length === 0 && options.txn === undefined) return undefined
      return {
        actions: changed.actions,
        own: changed.own,
        reads: readsOf(selection, candidates, context.root),
        operation: 'DELETE',
        parameters: { predicate: predicateParameter(options.where, shape) },
        metrics: { ...fileMetrics(changed), ...(changed.removedRows === undefined ? {} : { numDeletedRows: String(changed.removedRows) }) },
        commitInfo: options.commitInfo,
        outcome: (version) => resultOf(version, changed, { deletedRows: changed.removedRows }),
      }
    },
  })
}
