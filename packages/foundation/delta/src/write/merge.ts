import type { TableContext } from '../context.ts'
import { DeltaError } from '../errors.ts'
import { type Expression, parseExpression } from '../expression.ts'
import { evolveMetadata } from '../protocol/evolve.ts'
import type { TableShape } from '../read/prune.ts'
import { type Scratch, scratchOn } from '../scratch.ts'
import { queryRows } from '../sql.ts'
import { freshRows } from './assignments.ts'
import { type ChangeResult, changeable, resultOf, unchanged } from './change.ts'
import { countsOf, mergeMetrics, mergeParameters } from './merge-history.ts'
import { insertsOf, type MergePlan, onlyDeletes, pairsOf, planClauses, rowsOf, updatesOf } from './merge-plan.ts'
import {
  keepSource,
  keyPredicates,
  keyShown,
  type MergeKey,
  type MergeSource,
  meetsSource,
  mergeKeys,
  targetColumn,
} from './merge-source.ts'
import { positionedScan, type RemovedRows, sumRows, touchedFiles } from './removed-rows.ts'
import type { MergeOptions, MergeRequest } from './request.ts'
import { changeRows, readsOf } from './row-change.ts'
import { type Candidates, candidatesOf, everyRow, narrowing, type Selection } from './selection.ts'
import { transact, txnsOf } from './transaction.ts'

/**
 * Runs a MERGE in one commit. Throws `merge.ambiguous`, before it writes anything, when several rows of the source would change one row of
 * the table. Without a change it commits nothing, unless a `txn` must be recorded.
 */
export async function mergeRows(context: TableContext, options: MergeRequest): Promise<ChangeResult> {
  const { connection } = context
  await using kept = scratchOn(connection)
  const on = await parseExpression(connection, options.on, 'condition')
  let source: MergeSource | undefined
  return await transact<ChangeResult>(context, {
    txns: txnsOf(options),
    ifVersion: options.ifVersion,
    unchanged,
    async stage(base) {
      await using scratch = scratchOn(connection)
      source ??= await keepSource(connection, kept, options.source)
      const shape = changeable(base, onlyInserts(options))
      const plan = await planClauses(connection, options, shape, source)
      const keys = plan.bySource.length > 0 ? [] : await mergeKeys(connection, on, shape, source)
      const selection = await searched(context, plan, on, shape, source, keys)
      const candidates = await candidatesOf(connection, base.files.values(), selection, shape)
      const { removed, pairs } = await matchRows(context, scratch, { plan, on, keys, shape, source, candidates })
      const counts = await countsOf(connection, plan, removed.rows)
      const scan = await positionedScan(context, shape, removed.touched)
      const fresh = await freshRows(connection, shape.schema, options.evolve === true, [
        ...updatesOf(plan, { scan, pairs, source, shape }),
        ...insertsOf(plan, pairs, source),
      ])
      const { metadata, schema } = fresh.evolved
        ? evolveMetadata(base.metadata, fresh.schema)
        : { metadata: undefined, schema: fresh.schema }
      const changed = await changeRows(context, scratch, {
        base,
        shape,
        schema,
        metadata,
        removed,
        fresh: fresh.select,
        updates: counts.updatedRows > 0,
      })
      if (changed.actions.length === 0 && options.txn === undefined) return undefined
      const insertedRows = changed.freshRows - counts.updatedRows
      return {
        actions: changed.actions,
        own: changed.own,
        reads: readsOf(selection, candidates, context.root),
        operation: 'MERGE',
        parameters: mergeParameters(options, plan),
        metrics: mergeMetrics(changed, { ...counts, insertedRows, sourceRows: source.rows }),
        commitInfo: options.commitInfo,
        outcome: (version) =>
          resultOf(version, changed, { insertedRows, updatedRows: counts.updatedRows, deletedRows: counts.deletedRows }),
      }
    },
  })
}

function onlyInserts({ matched = [], notMatchedBySource = [], updateAll }: MergeOptions): boolean {
  return matched.length === 0 && notMatchedBySource.length === 0 && updateAll !== true
}

/** The rows of the table that the merge searches: those that the source may match, or all rows when a clause applies to the others. */
async function searched(
  { connection }: TableContext,
  { bySource }: MergePlan,
  on: Expression,
  shape: TableShape,
  source: MergeSource,
  keys: readonly MergeKey[],
): Promise<Selection> {
  // A search for everything also has to read which rows match, so statistics alone select no whole file.
  if (bySource.length > 0) return { ...everyRow, whole: 'neither' }
  const known = await narrowing(connection, on, shape, (names) => targetColumn(names, shape, source))
  const ranges = await keyPredicates(connection, keys, shape, source)
  return { sql: on.sql, predicates: [...known.predicates, ...ranges], partition: known.partition, whole: 'neither' }
}

interface Search {
  readonly plan: MergePlan
  readonly on: Expression
  readonly keys: readonly MergeKey[]
  readonly shape: TableShape
  readonly source: MergeSource
  readonly candidates: Candidates
}

async function matchRows(context: TableContext, scratch: Scratch, { plan, on, keys, shape, source, candidates }: Search) {
  const files = candidates.maybe
  const scan = await positionedScan(
    context,
    shape,
    files.map((file, index) => ({ file, index })),
  )
  const pairs = await scratch.keep(pairsOf(plan, scan, source, { on, meets: meetsSource(keys, source) }, sumRows(files)))
  if (plan.matched.length > 0 && !onlyDeletes(plan)) await refuseAmbiguous(context, plan, pairs, { on, shape, source })
  const rows = rowsOf(plan, pairs)
  const touched = await touchedFiles(context, files, rows)
  const removed: RemovedRows = { files, rows, whole: [], wholeChange: 'delete', touched }
  return { removed, pairs }
}

async function refuseAmbiguous(
  { connection }: TableContext,
  plan: MergePlan,
  pairs: string,
  { on, shape, source }: Pick<Search, 'on' | 'shape' | 'source'>,
): Promise<void> {
  const [twice] = await queryRows(
    connection,
    `SELECT min("$source")::VARCHAR AS rowid, count(*) AS n FROM ${pairs} WHERE "$clause" < ${plan.matched.length} GROUP BY "$file", "$row" HAVING count(*) > 1 LIMIT 1`,
  )
  if (twice === undefined) return
  const key = await keyShown(connection, String(twice.rowid), on, shape, source)
  throw new DeltaError(
    'merge.ambiguous',
    `${Number(twice.n)} rows of the source would change one row of the table: ${JSON.stringify(key)}.`,
    'Keep one row for each key in the source, for example the newest: QUALIFY row_number() OVER (PARTITION BY key ORDER BY time DESC) = 1.',
    { key, rows: Number(twice.n) },
  )
}
