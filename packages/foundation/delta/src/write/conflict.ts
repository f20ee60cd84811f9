import { keyOf } from '../log/replay.ts'
import type { Action, AddFile } from '../protocol/actions.ts'
import { canSkip, type Predicate, type TableShape } from '../read/prune.ts'

/** What a commit has read of the table, hence what another writer must not have changed meanwhile. */
export type ReadSet =
  /** A blind append: the rows depend on nothing in the table. */
  | { readonly kind: 'nothing' }
  /** Rows that satisfy these predicates. */
  | {
      readonly kind: 'matching'
      readonly predicates: readonly Predicate[]
      /** Keys of the files that were read, whether or not they held such a row. */
      readonly files?: ReadonlySet<string>
      /** Proves of an added file what the predicates cannot: none of its rows would have been read. */
      readonly skips?: (file: AddFile) => boolean
      /** The change promises that no such row of an earlier version is left, so that it never passes over another writer's append. */
      readonly exhaustive?: boolean
    }
  | { readonly kind: 'everything' }

/** `delta.isolationLevel`: under the weaker one, the default of the engines, a change of rows may be taken to precede a concurrent blind append. */
export type Isolation = 'WriteSerializable' | 'Serializable'

export interface Pending {
  readonly reads: ReadSet
  /** Keys of the files it removes. */
  readonly removes: ReadonlySet<string>
  readonly txnAppId: string | undefined
  readonly shape: TableShape
  readonly isolation: Isolation
}

/**
 * May a commit that lost the race for a version follow the winner unchanged? The reason when not, and then it is planned again on a fresh
 * snapshot. Nothing follows a change of metadata or protocol; a transaction of the same application may make the commit superfluous. A winner
 * that only moved rows (`dataChange` false, not merely unsaid) is in the way of nobody whose own files it left.
 */
export function conflictWith(winner: readonly Action[], pending: Pending, root: string): string | undefined {
  const blind = winner.some(({ commitInfo }) => commitInfo?.isBlindAppend === true) && winner.every(({ remove }) => remove === undefined)
  for (const action of winner) {
    if (action.protocol !== undefined) return 'another writer changed the protocol'
    if (action.metaData !== undefined) return 'another writer changed the metadata'
    if (action.txn !== undefined && action.txn.appId === pending.txnAppId) return 'another writer committed the same application id'
    if (action.remove !== undefined) {
      const key = keyOf(action.remove, root)
      if (pending.removes.has(key) || (action.remove.dataChange !== false && hasRead(key, pending.reads)))
        return `another writer removed ${action.remove.path}`
    }
    if (action.add !== undefined && action.add.dataChange !== false && wouldRead(action.add, pending, blind))
      return `another writer added rows that were read (${action.add.path})`
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
      return reads satisfies never
  }
}
