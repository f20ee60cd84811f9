import type { TableContext } from '../context.ts'
import { unsupported } from '../errors.ts'
import type { CommitInfo } from '../log/actions.ts'
import type { CompleteState } from '../log/replay.ts'
import { isAppendOnly } from '../protocol/properties.ts'
import { checkWritable } from '../protocol/writable.ts'
import { predicateSql, type TableShape } from '../read/prune.ts'
import { shapeOf } from '../read/snapshot.ts'
import { type Places, place, placedScan } from './places.ts'
import { type ChangedRows, changeRows, readsOf } from './row-change.ts'
import { type Scratch, scratchOn } from './scratch.ts'
import { type Candidates, candidatesOf, type Selection, selectionOf, type Where } from './selection.ts'
import { transact } from './transaction.ts'

export interface ChangeOptions {
  /** Makes the change happen once: skipped when the table already holds this application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number }
  /** Further fields of the commit's `commitInfo`. */
  readonly commitInfo?: CommitInfo
}

export interface DeleteOptions extends ChangeOptions {
  /** Which rows go; all of them when left out. */
  readonly where?: Where
}

export interface ChangeResult {
  /** Of this commit; of the table when nothing was committed. */
  readonly version: number
  /** The `txn` was there already and nothing was changed. */
  readonly alreadyCommitted: boolean
  readonly insertedRows: number
  readonly updatedRows: number
  /** `undefined` when a file that was removed whole tells no count. */
  readonly deletedRows: number | undefined
  readonly addedFiles: number
  readonly removedFiles: number
}

/** Deletes the rows for which the condition is TRUE. Without such a row nothing is committed, unless a `txn` has to be. */
export async function deleteRows(context: TableContext, options: DeleteOptions): Promise<ChangeResult> {
  return await transact<ChangeResult>(context, {
    txn: options.txn,
    unchanged: unchanged,
    async stage(base) {
      await using scratch = scratchOn(context.connection)
      const shape = changeable(base)
      const selection = await selectionOf(context.connection, options.where, shape)
      const candidates = await candidatesOf(context.connection, base.files.values(), selection, shape)
      const places = await placesOf(context, scratch, shape, selection, candidates, 'delete')
      const changed = await changeRows(context, scratch, {
        base,
        shape,
        schema: shape.schema,
        metadata: undefined,
        places,
        fresh: undefined,
      })
      if (changed.removedFiles.length === 0 && options.txn === undefined) return undefined
      return {
        actions: changed.actions,
        own: changed.own,
        reads: readsOf(selection, candidates, context.root),
        operation: 'DELETE',
        parameters: { predicate: predicateParameter(options.where, shape) },
        metrics: { ...fileMetrics(changed), ...(changed.goneRows === undefined ? {} : { numDeletedRows: String(changed.goneRows) }) },
        commitInfo: options.commitInfo,
        outcome: (version) => resultOf(version, changed, { deletedRows: changed.goneRows }),
      }
    },
  })
}

/** The table's shape, once it is known that its rows may be changed. */
export function changeable(base: CompleteState): TableShape {
  const shape = shapeOf(base)
  checkWritable(base.protocol, base.metadata, shape.schema)
  if (isAppendOnly(base.metadata)) throw unsupported('appendOnly', 'the table only takes appends')
  return shape
}

/** Finds the selected rows, reading only the files that statistics leave in doubt. */
export async function placesOf(
  context: TableContext,
  scratch: Scratch,
  shape: TableShape,
  { sql }: Selection,
  { whole, maybe }: Candidates,
  change: Places['wholeChange'],
): Promise<Places> {
  const scan = await placedScan(
    context,
    shape,
    maybe.map((file, index) => ({ file, index })),
  )
  const rows = await scratch.keep(
    `SELECT ${place.file}, ${place.row}, '${change}' AS ${place.change} FROM (${scan}) AS target WHERE ${sql}`,
  )
  return { files: maybe, rows, whole, wholeChange: change }
}

export function unchanged({ version }: CompleteState, alreadyCommitted: boolean): ChangeResult {
  return { version, alreadyCommitted, insertedRows: 0, updatedRows: 0, deletedRows: 0, addedFiles: 0, removedFiles: 0 }
}

export function resultOf(
  version: number,
  { addedFiles, removedFiles }: ChangedRows,
  rows: Partial<Pick<ChangeResult, 'insertedRows' | 'updatedRows' | 'deletedRows'>>,
): ChangeResult {
  return {
    version,
    alreadyCommitted: false,
    insertedRows: 0,
    updatedRows: 0,
    deletedRows: 0,
    ...rows,
    addedFiles: addedFiles.length,
    removedFiles: removedFiles.length,
  }
}

/** The condition as the engines' history shows it: a JSON list of SQL texts. */
export function predicateParameter(where: Where | undefined, shape: TableShape): string {
  if (where === undefined) return '[]'
  return JSON.stringify([typeof where === 'string' ? where : predicateSql(where, shape)])
}

/** Names and meaning as Spark writes them for DELETE and UPDATE. */
export function fileMetrics({ addedFiles, removedFiles, changeFiles, copiedRows }: ChangedRows): Record<string, string> {
  const bytes = (files: readonly { readonly size: number }[]) => String(files.reduce((sum, { size }) => sum + size, 0))
  return {
    numAddedFiles: String(addedFiles.length),
    numRemovedFiles: String(removedFiles.length),
    numAddedBytes: bytes(addedFiles),
    numRemovedBytes: bytes(removedFiles),
    numCopiedRows: String(copiedRows),
    numAddedChangeFiles: String(changeFiles.length),
  }
}
