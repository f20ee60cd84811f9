import type { Action } from '../log/actions.ts'
import { keyOf } from '../log/replay.ts'
import { canSkip, type Predicate, type TableShape } from '../read/prune.ts'

/** What a commit has read of the table, hence what another writer must not have changed meanwhile. */
export type ReadSet =
  /** A blind append: the rows depend on nothing in the table. */
  | { readonly kind: 'nothing' }
  /** Rows that satisfy these predicates. */
  | { readonly kind: 'matching'; readonly predicates: readonly Predicate[] }
  | { readonly kind: 'everything' }

export interface Pending {
  readonly reads: ReadSet
  /** Keys of the files it removes. */
  readonly removes: ReadonlySet<string>
  readonly txnAppId: string | undefined
  readonly shape: TableShape
}

/**
 * May a commit that lost the race for a version follow the winner unchanged? The reason when not, and then it is planned again on a fresh
 * snapshot. Nothing follows a change of metadata or protocol; a transaction of the same application may make the commit superfluous.
 */
export function conflictWith(winner: readonly Action[], pending: Pending, root: string): string | undefined {
  for (const action of winner) {
    if (action.protocol !== undefined) return 'another writer changed the protocol'
    if (action.metaData !== undefined) return 'another writer changed the metadata'
    if (action.txn !== undefined && action.txn.appId === pending.txnAppId) return 'another writer committed the same application id'
    if (action.remove !== undefined && pending.removes.has(keyOf(action.remove, root)))
      return `another writer removed ${action.remove.path}`
    if (action.remove !== undefined && pending.reads.kind === 'everything') return `another writer removed ${action.remove.path}`
    if (action.add !== undefined) {
      if (pending.reads.kind === 'everything') return `another writer added ${action.add.path}`
      if (pending.reads.kind === 'matching' && !canSkip(action.add, pending.reads.predicates, pending.shape))
        return `another writer added rows that were read (${action.add.path})`
    }
  }
  return undefined
}
