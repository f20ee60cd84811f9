import { access } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { TableContext } from '../context.ts'
import { missingFile, unsupported } from '../errors.ts'
import { deletionVectorPath } from '../files/deletion-vector.ts'
import { enablement, keepsCommitTime } from '../log/in-commit-time.ts'
import { listLog, loadState } from '../log/log.ts'
import type { CompleteState } from '../log/replay.ts'
import { fileKey } from '../log/uri.ts'
import type { AddFile, Metadata, Protocol } from '../protocol/actions.ts'
import { features, supports } from '../protocol/features.ts'
import { isAppendOnly } from '../protocol/properties.ts'
import { checkWritable } from '../protocol/writable.ts'
import { shapeOf } from '../read/snapshot.ts'
import { mappingKeys } from '../schema/mapping.ts'
import type { LogStore } from '../store/store.ts'
import { removeOf } from '../write/remove-file.ts'
import { type Staged, transact } from '../write/transaction.ts'

export interface RestoreOptions {
  readonly version: number
  /** The requested instant, for the history. */
  readonly timestamp?: string
}

export interface RestoreResult {
  /** The version of this commit; the table's version when it was in that state already. */
  readonly version: number
  readonly restoredFiles: number
  readonly restoredBytes: number
  readonly removedFiles: number
  readonly removedBytes: number
  readonly files: number
  readonly bytes: number
}

/**
 * Commits the rows, schema and properties of an older version as a new version. The protocol is never lowered, because older versions must
 * stay readable. Application transactions are kept, so that a replay does not repeat a batch that was written before the restore. Throws
 * `file.missing` when a file of the version is gone.
 */
export async function restore(context: TableContext, options: RestoreOptions): Promise<RestoreResult> {
  const listing = await listLog(context.store)
  const target = await loadState(context.connection, context.store, listing, options.version)
  return await transact<RestoreResult>(context, {
    unchanged: (base) => resultOf(base.version, [], [], base),
    async stage(base) {
      checkWritable(base.protocol, base.metadata, shapeOf(base).schema)
      const protocol = joined(base.protocol, target.protocol)
      const metadata = metadataOf(base.metadata, target.metadata)
      checkWritable(protocol, metadata, shapeOf(target).schema)
      const added = [...target.files].filter(([key]) => !base.files.has(key)).map(([, file]) => ({ ...file, dataChange: true }))
      const removed = [...base.files].filter(([key]) => !target.files.has(key)).map(([, file]) => file)
      if (removed.length > 0 && isAppendOnly(base.metadata)) throw unsupported('appendOnly', 'the table accepts only appends')
      await checkPresent(context, added, options.version)
      const changes = {
        protocol: same(protocol, base.protocol) ? undefined : protocol,
        metadata: same(metadata, base.metadata) ? undefined : metadata,
      }
      if (added.length + removed.length === 0 && changes.protocol === undefined && changes.metadata === undefined) return undefined
      return staged(context, options, target, added, removed, changes)
    },
  })
}

function staged(
  context: TableContext,
  { version, timestamp }: RestoreOptions,
  target: CompleteState,
  added: readonly AddFile[],
  removed: readonly AddFile[],
  changes: { readonly protocol: Protocol | undefined; readonly metadata: Metadata | undefined },
): Staged<RestoreResult> {
  const nowMs = context.now()
  const result = resultOf(-1, added, removed, target)
  return {
    actions: [
      ...(changes.protocol === undefined ? [] : [{ protocol: changes.protocol }]),
      ...(changes.metadata === undefined ? [] : [{ metaData: changes.metadata }]),
      ...removed.map((file) => ({ remove: removeOf(file, nowMs) })),
      ...added.map((add) => ({ add })),
    ],
    // The present rows of the table decide which rows are removed.
    reads: { kind: 'everything' },
    operation: 'RESTORE',
    parameters: timestamp === undefined ? { version } : { version, timestamp },
    metrics: {
      tableSizeAfterRestore: String(result.bytes),
      numOfFilesAfterRestore: String(result.files),
      numRemovedFiles: String(result.removedFiles),
      numRestoredFiles: String(result.restoredFiles),
      removedFilesSize: String(result.removedBytes),
      restoredFilesSize: String(result.restoredBytes),
    },
    own: [],
    outcome: (made) => ({ ...result, version: made }),
  }
}

function resultOf(version: number, added: readonly AddFile[], removed: readonly AddFile[], table: CompleteState): RestoreResult {
  const bytes = (files: Iterable<AddFile>) => [...files].reduce((sum, file) => sum + file.size, 0)
  return {
    version,
    restoredFiles: added.length,
    restoredBytes: bytes(added),
    removedFiles: removed.length,
    removedBytes: bytes(removed),
    files: table.files.size,
    bytes: bytes(table.files.values()),
  }
}

/**
 * Two kinds of properties are kept. The highest column id is kept, because an id never names two columns (PROTOCOL.md, Column Mapping). The
 * properties since when commits keep their time are kept too, because they describe the commits up to now and not the restored version.
 */
function metadataOf(now: Metadata, then: Metadata): Metadata {
  const ids = [now, then].flatMap(({ configuration: { [mappingKeys.maxId]: id } }) => (id === undefined ? [] : [Number(id)]))
  const maxId = ids.length === 0 ? {} : { [mappingKeys.maxId]: String(Math.max(...ids)) }
  const { [enablement.version]: _version, [enablement.timestamp]: _timestamp, ...configuration } = then.configuration
  const since = keepsCommitTime(now) && keepsCommitTime(then) ? sinceOf(now) : {}
  return { ...then, configuration: { ...configuration, ...maxId, ...since } }
}

function sinceOf({ configuration }: Metadata): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => name === enablement.version || name === enablement.timestamp))
}

/** The union of two protocols, which keeps the promises of both. */
function joined(now: Protocol, then: Protocol): Protocol {
  const minReaderVersion = Math.max(now.minReaderVersion, then.minReaderVersion)
  const minWriterVersion = Math.max(now.minWriterVersion, then.minWriterVersion)
  if (minWriterVersion < 7) return { minReaderVersion, minWriterVersion }
  const implied = features.filter((feature) => supports(now, feature) || supports(then, feature)).map(({ name }) => name)
  const writerFeatures = new Set([...(now.writerFeatures ?? []), ...(then.writerFeatures ?? []), ...implied])
  if (minReaderVersion < 3) return { minReaderVersion, minWriterVersion, writerFeatures: [...writerFeatures] }
  const forReaders = features
    .filter(({ name, concerns }) => concerns === 'readersAndWriters' && writerFeatures.has(name))
    .map(({ name }) => name)
  const readerFeatures = new Set([...(now.readerFeatures ?? []), ...(then.readerFeatures ?? []), ...forReaders])
  return { minReaderVersion, minWriterVersion, readerFeatures: [...readerFeatures], writerFeatures: [...writerFeatures] }
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

/** JSON with sorted keys at every depth, because commits and checkpoints order them differently. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

async function checkPresent({ store, root }: TableContext, files: readonly AddFile[], version: number): Promise<void> {
  const paths = new Set<string>()
  for (const { path, deletionVector } of files) {
    paths.add(fileKey(path, root, undefined))
    const vector = deletionVector === undefined ? undefined : deletionVectorPath(deletionVector)
    if (vector !== undefined) paths.add(vector)
  }
  const gone: string[] = []
  const wanted = [...paths]
  for (let from = 0; from < wanted.length; from += 64) {
    const some = wanted.slice(from, from + 64)
    const facts = await Promise.all(some.map((path) => present(store, path)))
    gone.push(...some.filter((_, index) => facts[index] !== true))
  }
  const [first] = gone
  if (first !== undefined)
    throw missingFile(`data file (one of ${gone.length} missing files of version ${version})`, first, {
      version,
      files: gone.slice(0, 100),
    })
}

/** Absolute paths outside of the root are read from the local disk, if the store is one. */
async function present(store: LogStore, path: string): Promise<boolean> {
  if (!isAbsolute(path)) return (await store.stat(path)) !== undefined
  await store.fetch([path])
  return await access(path).then(
    () => true,
    () => false,
  )
}
