import { unreachable } from '../errors.ts'
import { keyOf } from '../log/replay.ts'
import type { Action, AddFile } from '../protocol/actions.ts'
import { canSkip, type Predicate, type TableShape } from '../read/prune.ts'

/** What a commit has read of the table. Another writer must not have changed it meanwhile. */
export type ReadSet =
  /** A blind append: its rows depend on nothing in the table. */
  | { readonly kind: 'nothing' }
  /** The rows that satisfy these predicates. */
  | {
      readonly kind: 'matching'
      readonly predicates: readonly Predicate[]
      /** The keys of the files that were read, with or without a matching row. */
      readonly files?: ReadonlySet<string>
      /** Proves more than the predicates can: none of the rows of an added file would have been read. */
      readonly skips?: (file: AddFile) => boolean
      /** The change promises that no matching row of an earlier version remains. So it always conflicts with an append of such rows. */
      readonly exhaustive?: boolean
    }
  | { readonly kind: 'everything' }

/**
 * `delta.isolationLevel`. Under WriteSerializable, the default of the engines, a concurrent blind append may count as later than a change
 * of rows.
 */
export type Isolation = 'WriteSerializable' | 'Serializable'

export interface Pending {
  readonly reads: ReadSet
  /** The keys of the files that the commit removes. */
  readonly removes: ReadonlySet<string>
  readonly appIds: ReadonlySet<string>
  readonly shape: TableShape
  readonly isolation: Isolation
  /** Whatever the winner has changed is a conflict. */
  readonly onlyNext: boolean
}

/**
 * Decides whether a commit that lost the race can follow the winner unchanged. Gives the reason when it cannot, and the change is then
 * planned again on a fresh snapshot. A change of metadata or protocol is always a conflict. So is a transaction of the same application,
 * which may make the commit superfluous. A winner that only moved rows is a conflict only for a writer that removes the same files. Its
 * actions must say `dataChange` false explicitly.
 */
export function conflictWith(winner: readonly Action[], pending: Pending, root: string): string | undefined {
  if (pending.onlyNext) return 'another writer committed first'
  const blind = winner.some(({ commitInfo }) => commitInfo?.isBlindAppend === true) && winner.every(({ remove }) => remove === undefined)
  for (const action of winner) {
    if (action.protocol !== undefined) return 'another writer changed the protocol'
    if (action.metaData !== undefined) return 'another writer changed the metadata'
    if (action.txn !== undefined && pending.appIds.has(action.txn.appId)) return 'another writer committed the same application id'
    if (action.remove !== undefined) {
      const key = keyOf(action.remove, root)
      if (pending.removes.has(key) || (action.remove.dataChange !== false && hasRead(key, pending.reads)))
        return `another writer removed ${action.remove.path}`
    }
    if (action.add !== undefined && action.add.dataChange !== false && wouldRead(action.add, pending, blind))
      return `another writer added rows that this change would have read (${action.add.path})`
  }
  return undefined
}

function hasRead(key: string, reads: ReadSet): boolean {
  return reads.kind === 'everything' || (reads.kind === 'matching' && reads.files?.has(key) === true)
}

function wouldRead(file: AddFile, { reads, shape, isolation }: Pending, blind: boolean): boolean {
  switch (reads.kind) {
    case 'nothing':
      return false
    case 'everything':
      return true
    case 'matching':
      if (blind && isolation === 'WriteSerializable' && reads.exhaustive !== true) return false
      return !canSkip(file, reads.predicates, shape) && reads.skips?.(file) !== true
    default:
      return unreachable(reads)
  }
}
