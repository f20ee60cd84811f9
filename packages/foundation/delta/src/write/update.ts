import type { TableContext } from '../context.ts'
import { scratchOn } from '../scratch.ts'
import { quoteIdentifier } from '../sql.ts'
import { freshRows, valuesOf } from './assignments.ts'
import { type ChangeResult, changeable, fileMetrics, predicateParameter, resultOf, unchanged } from './change.ts'
import { checkColumns } from './known-columns.ts'
import { findRemoved, selectRemoved } from './removed-rows.ts'
import type { UpdateOptions } from './request.ts'
import { changeRows, readsOf } from './row-change.ts'
import { candidatesOf, selectionOf } from './selection.ts'
import { transact, txnsOf } from './transaction.ts'

/** Gives new values to the rows for which the condition is TRUE. Without such a row it commits nothing, unless a `txn` must be recorded. */
export async function updateRows(context: TableContext, options: UpdateOptions): Promise<ChangeResult> {
  const { connection } = context
  return await transact<ChangeResult>(context, {
    txns: txnsOf(options),
    ifVersion: options.ifVersion,
    unchanged,
    async stage(base) {
      await using scratch = scratchOn(connection)
      const shape = changeable(base)
      const { schema } = shape
      const values = await valuesOf(connection, options.set, schema, false)
      for (const value of values.values()) await checkColumns(connection, value, shape)
      const selection = await selectionOf(connection, options.where, shape)
      const candidates = await candidatesOf(connection, base.files.values(), selection, shape)
      const removed = await findRemoved(context, scratch, shape, selection, candidates, 'update_preimage')
      const before = await selectRemoved(context, shape, removed)
      const columns = schema.fields.map(({ name }) => [name, values.get(name)?.sql ?? `target.${quoteIdentifier(name)}`] as const)
      const { select } = await freshRows(connection, schema, false, [
        { columns, from: `FROM (${before}) AS target`, change: 'update_postimage' },
      ])
      const changed = await changeRows(context, scratch, {
        base,
        shape,
        schema,
        metadata: undefined,
        removed,
        fresh: select,
        updates: removed.touched.length + removed.whole.length > 0,
      })
      if (changed.actions.length === 0 && options.txn === undefined) return undefined
      return {
        actions: changed.actions,
        own: changed.own,
        reads: readsOf(selection, candidates, context.root),
        operation: 'UPDATE',
        parameters: { predicate: predicateParameter(options.where, shape) },
        metrics: { ...fileMetrics(changed), numUpdatedRows: String(changed.freshRows) },
        commitInfo: options.commitInfo,
        outcome: (version) => resultOf(version, changed, { updatedRows: changed.freshRows }),
      }
    },
  })
}
