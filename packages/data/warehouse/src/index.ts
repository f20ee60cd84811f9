export { createTableSql, dropTableSql, withoutPartitions } from './ddl/create-table.ts'
export { indexName, loadColumn, quoteTable, splitTableName, type TableName } from './ddl/names.ts'
export type { ColumnShape, IndexShape, ReferenceShape, TableShape } from './ddl/shape.ts'
export { type DeclaredObject, type DescribedColumn, type DescribedTable, type Dictionary, dictionaryOf } from './dictionary/dictionary.ts'
export { checkDrift, refuseDrift } from './drift/check-drift.ts'
export { describeTable } from './drift/describe.ts'
export { driftOf } from './drift/drift.ts'
export { makeDeclared } from './drift/make-declared.ts'
export type { Question } from './drift/questions.ts'
export type { NewName } from './drift/renames.ts'
export { warehouseErrors } from './errors.ts'
export { type Difference, type DifferenceRequest, differenceOf, livingRefs, type StandingLoad, standingLoads } from './load/difference.ts'
export { hookFault } from './load/hook-faults.ts'
export { loadBatch } from './load/load-batch.ts'
export type { QuarantinedRow, QuarantineFilter } from './load/quarantine.ts'
export { queryFaults } from './load/query-faults.ts'
export { columnsOf as queryColumns, type QuerySource } from './load/query-source.ts'
export type { LoadReceipt, ReceiptFilter, WriteMode } from './load/receipts.ts'
export type { LoadRequest, LoadTuning, PartitionQuery } from './load/request.ts'
export type { Route } from './load/route.ts'
export type { CsvSource } from './load/source.ts'
export { valuesType } from './load/statements.ts'
export { diffWarehouse, migrate, migrateBack, migrationsStatus, planMigration, type WarehouseDiff } from './migrate/migrate.ts'
export { migratePlatform, platformMigrations } from './migrate/platform-migrations.ts'
export { platformSchema } from './platform-schema.ts'
export { letInsertUnchecked } from './prepare/let-insert-unchecked.ts'
export { type PreparedWarehouse, type PrepareOptions, prepareWarehouse, roleName, type WarehousePasswords } from './prepare/prepare.ts'
export { type Proposal, type ProposeRequest, proposeMigration } from './propose/propose-migration.ts'
export type { MakeScratch, Scratch } from './propose/scratch.ts'
export type { RowsColumn, RowsFormat, ToParquet } from './query/export-rows.ts'
export { jsonSafe } from './query/json-safe.ts'
export { bindNamed, type NamedParams, namedParams } from './query/named-params.ts'
export type { QueryOptions, SqlResult, SqlTextOptions } from './query/read-only.ts'
export { literalSql, type RenderedSql, renderSql } from './query/render.ts'
export type { RetainRequest } from './retain/retain.ts'
export { knowsNoRun, recordRuns } from './runs/record-runs.ts'
export type { ViewRequest } from './view/refresh-view.ts'
export { openWarehouse, type Warehouse, type WarehouseOptions } from './warehouse.ts'
export {
  type DiffAnswer,
  type DiffRequest,
  type MigrateAnswer,
  type MigrateRequest,
  type MigrationsAnswer,
  migrateProject,
  openWarehouses,
  type ProjectWarehouse,
  type ProjectWarehouses,
  type WarehouseConnection,
  type WarehouseSetup,
  type WarehousesOptions,
} from './warehouses/open-warehouses.ts'
export type { NamedQuery } from './warehouses/queries.ts'
