export type { Action, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Transaction } from './actions.ts'
export { DeltaError, type DeltaErrorCode } from './errors.ts'
export type { Predicate } from './prune.ts'
export type { ReplaceBatchOptions, WriteOptions } from './request.ts'
export {
  type ArrayType,
  type Column,
  type DeltaType,
  type Field,
  fromDuckType,
  type MapType,
  type PrimitiveType,
  type StructType,
  toDuckType,
} from './schema.ts'
export type { ScanOptions, Snapshot } from './snapshot.ts'
export { type FileFacts, type LogStore, localStore } from './store.ts'
export {
  type CommittedTransaction,
  type CreateOptions,
  createTable,
  type DeltaTable,
  type HistoryEntry,
  type OpenOptions,
  openTable,
  tableExists,
} from './table.ts'
export type { Scalar } from './values.ts'
export type { CommitResult } from './write.ts'
