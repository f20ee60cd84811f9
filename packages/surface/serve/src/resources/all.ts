import type { AnyEndpoint } from '../endpoint.ts'
import { listBudgets, planBudgets } from './budgets.ts'
import { explainSetting, listSettings } from './config.ts'
import { showInfo } from './info.ts'
import {
  exportLake,
  exportQuery,
  lakeHistory,
  listLakeTables,
  optimizeTable,
  queryLake,
  readLake,
  restoreLakeExport,
  restoreTable,
  retainLake,
  vacuumTable,
  verifyExports,
} from './lake.ts'
import { listLedger, rebuildLedger } from './ledger.ts'
import { listNotifications, retryNotifications } from './notifications.ts'
import { backfillPipeline, changePipeline, listDefinitionErrors, listPipelines, showPipeline, triggerPipeline } from './pipelines.ts'
import { cancelRun, followRun, listRuns, showRun } from './runs.ts'
import { clearTask, listAttempts, markTask, readTaskLog } from './tasks.ts'
import { changeUser, createUser, deleteUser, listUsers } from './users.ts'
import { listQueries, migrateWarehouse, queryWarehouse, runQuery } from './warehouse.ts'

export const endpoints: readonly AnyEndpoint[] = [
  listPipelines,
  showPipeline,
  changePipeline,
  triggerPipeline,
  backfillPipeline,
  listDefinitionErrors,
  listRuns,
  showRun,
  cancelRun,
  followRun,
  listAttempts,
  readTaskLog,
  clearTask,
  markTask,
  listLedger,
  rebuildLedger,
  listLakeTables,
  lakeHistory,
  readLake,
  queryLake,
  exportQuery,
  optimizeTable,
  vacuumTable,
  restoreTable,
  retainLake,
  exportLake,
  verifyExports,
  restoreLakeExport,
  queryWarehouse,
  listQueries,
  runQuery,
  migrateWarehouse,
  planBudgets,
  listBudgets,
  listNotifications,
  retryNotifications,
  listSettings,
  explainSetting,
  listUsers,
  createUser,
  changeUser,
  deleteUser,
  showInfo,
]
