export type { Alterations, AlterResult } from './alter/alter.ts'
export type { ColumnChange } from './alter/columns.ts'
export type { ColumnPath } from './alter/paths.ts'
export { DeltaError, type DeltaErrorCode } from './errors.ts'
export type { Scalar } from './files/values.ts'
export type { LogCleanupResult } from './log/cleanup.ts'
export type { CommittedTransaction, HistoryEntry } from './maintain/history.ts'
export type { OptimizeResult } from './maintain/optimize.ts'
export type { OptimizeOptions } from './maintain/optimize-plan.ts'
export type { RestoreResult } from './maintain/restore.ts'
export type { VacuumResult } from './maintain/vacuum.ts'
export type { VacuumOptions } from './maintain/vacuum-plan.ts'
export type { Action, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Transaction } from './protocol/actions.ts'
export type { ChangesOptions } from './read/changes.ts'
export type { Predicate } from './read/prune.ts'
export type { Row } from './read/rows.ts'
export type { ScanOptions, Snapshot } from './read/snapshot.ts'
export type {
  ArrayType,
  Column,
  DeltaType,
  Field,
  MapType,
  PrimitiveType,
  StructType,
} from './schema/schema.ts'
export { fromDuckType, isWidening, toDuckType } from './schema/type-calls.ts'
export type { Bucket, Creation, FoundObject } from './store/bucket.ts'
export { closedStore } from './store/closed.ts'
export { localStore } from './store/local.ts'
export { type MemoryStoreOptions, memoryBucket, memoryStore } from './store/memory.ts'
export type { StageOptions } from './store/stage.ts'
export { stagedStore } from './store/staged.ts'
export type { ByteRange, FileFacts, FoundFile, Hold, LogStore } from './store/store.ts'
export {
  type CreateOptions,
  createTable,
  type DeltaTable,
  type OpenOptions,
  openTable,
  type RestorePoint,
  tableExists,
} from './table.ts'
export type { ChangeResult } from './write/change.ts'
export type { ColumnarRows } from './write/columnar-rows.ts'
export type {
  ChangeOptions,
  DeleteOptions,
  InsertClause,
  MatchedClause,
  MergeOptions,
  NotMatchedBySourceClause,
  OverwriteOptions,
  ReplaceBatchesOptions,
  ReplaceBatchOptions,
  ReplacedBatch,
  Rows,
  SetClause,
  UpdateOptions,
  WriteOptions,
} from './write/request.ts'
export type { Where } from './write/selection.ts'
export type { BatchesResult, CommitResult } from './write/write.ts'
