// Made of the files in operations/ by "npm run operations".
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
import { listAudit } from '../operations/audit/list.ts'
import { cancelBackfill } from '../operations/backfills/cancel.ts'
import { changeBackfill } from '../operations/backfills/change.ts'
import { listBackfills } from '../operations/backfills/list.ts'
import { showBackfill } from '../operations/backfills/show.ts'
import { listBackups } from '../operations/backups/list.ts'
import { runBackup } from '../operations/backups/run.ts'
import { showBackup } from '../operations/backups/show.ts'
import { verifyBackup } from '../operations/backups/verify.ts'
import { planBudgets } from '../operations/budgets/plan.ts'
import { listBudgets } from '../operations/budgets/status.ts'
import { explainSetting } from '../operations/config/explain.ts'
import { listSettings } from '../operations/config/list.ts'
import { listDatasets } from '../operations/datasets/list.ts'
import { showDataset } from '../operations/datasets/show.ts'
import { connectLake } from '../operations/lake/connect.ts'
import { exportLake } from '../operations/lake/export.ts'
import { exportQuery } from '../operations/lake/export-query.ts'
import { lakeHistory } from '../operations/lake/history.ts'
import { optimizeTable } from '../operations/lake/optimize.ts'
import { queryLake } from '../operations/lake/query.ts'
import { readLake } from '../operations/lake/read.ts'
import { restoreTable } from '../operations/lake/restore.ts'
import { restoreLakeExport } from '../operations/lake/restore-export.ts'
import { retainLake } from '../operations/lake/retain.ts'
import { listLakeTables } from '../operations/lake/tables.ts'
import { vacuumTable } from '../operations/lake/vacuum.ts'
import { verifyExports } from '../operations/lake/verify.ts'
import { listLedger } from '../operations/ledger/list.ts'
import { rebuildLedger } from '../operations/ledger/rebuild.ts'
import { compileModels } from '../operations/models/compile.ts'
import { diffModels } from '../operations/models/diff.ts'
import { graphOfModels } from '../operations/models/graph.ts'
import { planModels } from '../operations/models/plan.ts'
import { rebuildModel } from '../operations/models/rebuild.ts'
import { listNotifications } from '../operations/notifications/list.ts'
import { retryNotifications } from '../operations/notifications/retry.ts'
import { showNotification } from '../operations/notifications/show.ts'
import { backfillPipeline } from '../operations/pipelines/backfill.ts'
import { changePipeline } from '../operations/pipelines/change.ts'
import { listDefinitionErrors } from '../operations/pipelines/errors.ts'
import { listPipelines } from '../operations/pipelines/list.ts'
import { rewindPipeline } from '../operations/pipelines/rewind.ts'
import { showPipeline } from '../operations/pipelines/show.ts'
import { triggerPipeline } from '../operations/pipelines/trigger.ts'
import { showInfo } from '../operations/platform/info.ts'
import { listPools } from '../operations/pools/list.ts'
import { cancelRun } from '../operations/runs/cancel.ts'
import { liveEvents } from '../operations/runs/events.ts'
import { followRun } from '../operations/runs/follow.ts'
import { listRuns } from '../operations/runs/list.ts'
import { showRun } from '../operations/runs/show.ts'
import { listSources } from '../operations/sources/list.ts'
import { planSource } from '../operations/sources/plan.ts'
import { previewSource } from '../operations/sources/preview.ts'
import { pullSource } from '../operations/sources/pull.ts'
import { listAttempts } from '../operations/tasks/attempts.ts'
import { clearTask } from '../operations/tasks/clear.ts'
import { readTaskLog } from '../operations/tasks/log.ts'
import { markTask } from '../operations/tasks/mark.ts'
import { createToken } from '../operations/tokens/create.ts'
import { listTokens } from '../operations/tokens/list.ts'
import { revokeToken } from '../operations/tokens/revoke.ts'
import { changeUser } from '../operations/users/change.ts'
import { createUser } from '../operations/users/create.ts'
import { deleteUser } from '../operations/users/delete.ts'
import { grantProject } from '../operations/users/grant.ts'
import { listUsers } from '../operations/users/list.ts'
import { revokeProject } from '../operations/users/revoke.ts'
import { checkWarehouse } from '../operations/warehouse/check.ts'
import { connectWarehouse } from '../operations/warehouse/connect.ts'
import { dictionaryOfWarehouse } from '../operations/warehouse/dictionary.ts'
import { diffWarehouse } from '../operations/warehouse/diff.ts'
import { exportWarehouseQuery } from '../operations/warehouse/export-query.ts'
import { migrateWarehouse } from '../operations/warehouse/migrate.ts'
import { listQueries } from '../operations/warehouse/queries.ts'
import { queryWarehouse } from '../operations/warehouse/query.ts'
import { runQuery } from '../operations/warehouse/run-query.ts'
import { warehouseStatus } from '../operations/warehouse/status.ts'

export const endpoints: readonly AnyEndpoint[] = [
  listAudit,
  cancelBackfill,
  changeBackfill,
  listBackfills,
  showBackfill,
  listBackups,
  runBackup,
  showBackup,
  verifyBackup,
  planBudgets,
  listBudgets,
  explainSetting,
  listSettings,
  listDatasets,
  showDataset,
  connectLake,
  exportLake,
  exportQuery,
  lakeHistory,
  optimizeTable,
  queryLake,
  readLake,
  restoreTable,
  restoreLakeExport,
  retainLake,
  listLakeTables,
  vacuumTable,
  verifyExports,
  listLedger,
  rebuildLedger,
  compileModels,
  diffModels,
  graphOfModels,
  planModels,
  rebuildModel,
  listNotifications,
  retryNotifications,
  showNotification,
  backfillPipeline,
  changePipeline,
  listDefinitionErrors,
  listPipelines,
  rewindPipeline,
  showPipeline,
  triggerPipeline,
  showInfo,
  listPools,
  cancelRun,
  liveEvents,
  followRun,
  listRuns,
  showRun,
  listSources,
  planSource,
  previewSource,
  pullSource,
  listAttempts,
  clearTask,
  readTaskLog,
  markTask,
  createToken,
  listTokens,
  revokeToken,
  changeUser,
  createUser,
  deleteUser,
  grantProject,
  listUsers,
  revokeProject,
  checkWarehouse,
  connectWarehouse,
  dictionaryOfWarehouse,
  diffWarehouse,
  exportWarehouseQuery,
  migrateWarehouse,
  listQueries,
  queryWarehouse,
  runQuery,
  warehouseStatus,
]
