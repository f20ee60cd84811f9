import { corrupt } from '../errors.ts'
import {
  type Action,
  type AddFile,
  type DomainMetadata,
  deletionVectorId,
  type Metadata,
  type Protocol,
  type RemoveFile,
  type Transaction,
} from '../protocol/actions.ts'
import { LayeredMap } from './layered-map.ts'
import type { CheckpointContent } from './read-checkpoint.ts'
import { fileKey } from './uri.ts'

/** The table at one version (PROTOCOL.md, Action Reconciliation). The keys of files are made by `fileKey`. */
export interface TableState {
  readonly version: number
  readonly protocol: Protocol | undefined
  readonly metadata: Metadata | undefined
  readonly files: ReadonlyMap<string, AddFile>
  readonly tombstones: ReadonlyMap<string, RemoveFile>
  readonly transactions: ReadonlyMap<string, Transaction>
  /** The domains that are not removed, by name. */
  readonly domains: ReadonlyMap<string, DomainMetadata>
}

export const emptyState: TableState = {
  version: -1,
  protocol: undefined,
  metadata: undefined,
  files: new Map(),
  tombstones: new Map(),
  transactions: new Map(),
  domains: new Map(),
}

/**
 * Applies commits in order. A checkpoint counts as a commit. Within a commit removes come before adds, and a newer add replaces an older
 * one. The cost depends on the size of the commits, not on the size of the table.
 */
export function replay(
  base: TableState,
  commits: Iterable<{ readonly version: number; readonly actions: readonly Action[] }>,
  root: string,
): TableState {
  let { version, protocol, metadata } = base
  const files = new Map<string, AddFile | undefined>()
  const tombstones = new Map<string, RemoveFile | undefined>()
  const transactions = new Map<string, Transaction | undefined>()
  const domains = new Map<string, DomainMetadata | undefined>()
  for (const commit of commits) {
    version = commit.version
    for (const { remove } of commit.actions) {
      if (remove === undefined) continue
      const key = keyOf(remove, root)
      files.set(key, undefined)
      tombstones.set(key, remove)
    }
    for (const action of commit.actions) {
      if (action.protocol !== undefined) protocol = action.protocol
      if (action.metaData !== undefined) metadata = action.metaData
      if (action.txn !== undefined) transactions.set(action.txn.appId, action.txn)
      if (action.domainMetadata !== undefined)
        domains.set(action.domainMetadata.domain, action.domainMetadata.removed ? undefined : action.domainMetadata)
      if (action.add === undefined) continue
      const key = keyOf(action.add, root)
      if (tombstones.has(key) || base.tombstones.has(key)) tombstones.set(key, undefined)
      files.set(key, action.add)
    }
  }
  return {
    version,
    protocol,
    metadata,
    files: changed(base.files, files),
    tombstones: changed(base.tombstones, tombstones),
    transactions: changed(base.transactions, transactions),
    domains: changed(base.domains, domains),
  }
}

/** The state that a checkpoint describes. */
export function stateOf({ version, adds, removes, others }: CheckpointContent, root: string): TableState {
  const rest = replay(emptyState, [{ version, actions: others }], root)
  return { ...rest, files: byKey(adds, root), tombstones: byKey(removes, root) }
}

function byKey<File extends AddFile | RemoveFile>(files: readonly File[], root: string): Map<string, File> {
  const found = new Map<string, File>()
  for (const file of files) found.set(keyOf(file, root), file)
  return found
}

function changed<Value>(base: ReadonlyMap<string, Value>, changes: Map<string, Value | undefined>): ReadonlyMap<string, Value> {
  return (base instanceof LayeredMap ? (base as LayeredMap<Value>) : LayeredMap.of(base)).with(changes)
}

export function keyOf(file: AddFile | RemoveFile, root: string): string {
  return fileKey(file.path, root, deletionVectorId(file.deletionVector))
}

export interface CompleteState extends TableState {
  readonly protocol: Protocol
  readonly metadata: Metadata
}

export function complete(state: TableState): CompleteState {
  const { protocol, metadata } = state
  if (protocol === undefined) throw corrupt('The log contains no protocol.', { version: state.version })
  if (metadata === undefined) throw corrupt('The log contains no metadata.', { version: state.version })
  return { ...state, protocol, metadata }
}
