/** The actions of the log (PROTOCOL.md, Actions), with the fields that this library reads and writes. */
export interface AddFile {
  /** URI-encoded, relative to the table's root or absolute. */
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly size: number
  /** Epoch milliseconds. */
  readonly modificationTime: number
  readonly dataChange: boolean
  /** JSON text. It is not parsed here, because its numbers exceed what `JSON.parse` holds. */
  readonly stats?: string
  readonly tags?: Readonly<Record<string, string | null>>
  readonly deletionVector?: DeletionVector
}
export interface DeletionVector {
  readonly storageType: string
  readonly pathOrInlineDv: string
  readonly offset?: number
  readonly sizeInBytes: number
  readonly cardinality: number
}
export interface RemoveFile {
  readonly path: string
  readonly deletionTimestamp?: number
  readonly dataChange: boolean
  readonly extendedFileMetadata?: boolean
  readonly partitionValues?: Readonly<Record<string, string | null>>
  readonly size?: number
  readonly deletionVector?: DeletionVector
}
/** PROTOCOL.md, Add CDC File: the rows that a commit changed, for readers of the change data feed. */
export interface ChangeFile {
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly size: number
  readonly dataChange: false
}
export interface Metadata {
  readonly id: string
  readonly name?: string
  readonly description?: string
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> }
  readonly schemaString?: string
  readonly partitionColumns: readonly string[]
  readonly configuration: Readonly<Record<string, string>>
  readonly createdTime?: number
}
export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: readonly string[]
  readonly writerFeatures?: readonly string[]
}
export interface Transaction {
  readonly appId: string
  readonly version: number
  readonly lastUpdated?: number
}
/** PROTOCOL.md, Domain Metadata: what a feature or an application stores with the table under its own name. */
export interface DomainMetadata {
  readonly domain: string
  readonly configuration: string
  readonly removed: boolean
}
export type CommitInfo = Readonly<Record<string, unknown>>

/** Only in checkpoints of version 2 (PROTOCOL.md, Checkpoint Metadata and Sidecar File Information). */
export interface CheckpointMetadata {
  readonly version: number
  readonly tags?: Readonly<Record<string, string | null>> | null
}
export interface Sidecar {
  readonly path: string
}

/**
 * One line of a commit. A line that we write has exactly one of these fields. A line of another writer may have fields that are not listed
 * here.
 */
export interface Action {
  readonly commitInfo?: CommitInfo
  readonly protocol?: Protocol
  readonly metaData?: Metadata
  readonly txn?: Transaction
  readonly add?: AddFile
  readonly remove?: RemoveFile
  readonly domainMetadata?: DomainMetadata
  readonly checkpointMetadata?: CheckpointMetadata
  readonly sidecar?: Sidecar
  readonly cdc?: ChangeFile
}

export function serializeCommit(actions: readonly Action[]): string {
  return `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`
}

/** PROTOCOL.md, Deletion Vectors: the path of a file and this unique id are its primary key. */
export function deletionVectorId(vector: DeletionVector | undefined | null): string | undefined {
  if (vector === undefined || vector === null) return undefined
  return `${vector.storageType}${vector.pathOrInlineDv}${vector.offset === undefined || vector.offset === null ? '' : `@${vector.offset}`}`
}
