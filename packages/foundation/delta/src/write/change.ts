import { unsupported } from '../errors.ts'
import type { CompleteState } from '../log/replay.ts'
import { isAppendOnly } from '../protocol/properties.ts'
import { checkWritable } from '../protocol/writable.ts'
import { predicateSql, type TableShape } from '../read/prune.ts'
import { shapeOf } from '../read/snapshot.ts'
import type { ChangedRows } from './row-change.ts'
import type { Where } from './selection.ts'

export interface ChangeResult {
  /** The version of this commit; the table's version when nothing was committed. */
  readonly version: number
  /** The table already had the `txn`, and nothing was changed. */
  readonly alreadyCommitted: boolean
  readonly insertedRows: number
  readonly updatedRows: number
  /** `undefined` when a removed file has no count of rows. */
  readonly deletedRows: number | undefined
  readonly addedFiles: number
  readonly removedFiles: number
}

/** The table's shape. Throws when rows may not be changed, or with `onlyInserts` when rows may not be added. */
export function changeable(base: CompleteState, onlyInserts = false): TableShape {
  const shape = shapeOf(base)
  checkWritable(base.protocol, base.metadata, shape.schema)
  if (!onlyInserts && isAppendOnly(base.metadata)) throw unsupported('appendOnly', 'the table accepts only appends')
  return shape
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

/** The condition as the history of other engines shows it: a JSON list of SQL texts. */
export function predicateParameter(where: Where | undefined, shape: TableShape): string {
  if (where === undefined) return '[]'
  return JSON.stringify([typeof where === 'string' ? where : predicateSql(where, shape)])
}

/** The metrics that Spark writes for DELETE and UPDATE. */
export function fileMetrics(changed: ChangedRows): Record<string, string> {
  const { addedFiles, removedFiles, changeFiles, copiedRows } = changed
  return {
    numAddedFiles: String(addedFiles.length),
    numRemovedFiles: String(removedFiles.length),
    numAddedBytes: String(bytesOf(addedFiles)),
    numRemovedBytes: String(bytesOf(removedFiles)),
    numCopiedRows: String(copiedRows),
    numAddedChangeFiles: String(changeFiles.length),
    ...vectorMetrics('num', changed),
  }
}

/** The metrics of what an overwrite removes. */
export function removalMetrics(changed: ChangedRows): Record<string, string> {
  return {
    numRemovedFiles: String(changed.removedFiles.length),
    numRemovedBytes: String(bytesOf(changed.removedFiles)),
    numCopiedRows: String(changed.copiedRows),
    numAddedChangeFiles: String(changed.changeFiles.length),
    ...(changed.removedRows === undefined ? {} : { numDeletedRows: String(changed.removedRows) }),
  }
}

/** An updated vector counts as one added and one removed vector, as in Spark. */
export function vectorMetrics(prefix: 'num' | 'numTarget', { markedFiles, removedFiles }: ChangedRows): Record<string, string> {
  const updated = markedFiles.filter(({ before }) => before.deletionVector !== undefined).length
  const removed = removedFiles.filter(({ deletionVector }) => deletionVector !== undefined).length
  return {
    [`${prefix}DeletionVectorsAdded`]: String(markedFiles.length),
    [`${prefix}DeletionVectorsRemoved`]: String(removed + updated),
    [`${prefix}DeletionVectorsUpdated`]: String(updated),
  }
}

export function bytesOf(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
