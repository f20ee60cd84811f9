import type { Command } from '../cli/command.ts'
import { planBudget } from './budget/plan.ts'
import { budgetStatus } from './budget/status.ts'
import { explainConfig } from './config/explain.ts'
import { lakeExport } from './lake/export.ts'
import { lakeHistory } from './lake/history.ts'
import { lakeOptimize } from './lake/optimize.ts'
import { lakeRead } from './lake/read.ts'
import { lakeRestore } from './lake/restore.ts'
import { lakeRetain } from './lake/retain.ts'
import { lakeSql } from './lake/sql.ts'
import { lakeTables } from './lake/tables.ts'
import { lakeVacuum } from './lake/vacuum.ts'
import { lakeVerify } from './lake/verify.ts'
import { listLedger } from './ledger/list.ts'
import { rebuildLedger } from './ledger/rebuild.ts'
import { listNotifications } from './notify/list.ts'
import { retryNotifications } from './notify/retry.ts'
import { backfillPipeline } from './pipelines/backfill.ts'
import { pipelineErrors } from './pipelines/errors.ts'
import { listPipelines } from './pipelines/list.ts'
import { pausePipeline, unpausePipeline } from './pipelines/pause.ts'
import { runPipeline } from './pipelines/run.ts'
import { showPipeline } from './pipelines/show.ts'
import { testPipeline } from './pipelines/test.ts'
import { triggerPipeline } from './pipelines/trigger.ts'
import { demo } from './platform/demo.ts'
import { dev } from './platform/dev.ts'
import { doctor } from './platform/doctor.ts'
import { reset } from './platform/reset.ts'
import { start } from './platform/start.ts'
import { validate } from './platform/validate.ts'
import { worker } from './platform/worker.ts'
import { cancelRun } from './runs/cancel.ts'
import { listRuns } from './runs/list.ts'
import { showRun } from './runs/show.ts'
import { clearTask } from './tasks/clear.ts'
import { listTasks } from './tasks/list.ts'
import { taskLogs } from './tasks/logs.ts'
import { markTask } from './tasks/mark.ts'
import { testTask } from './tasks/test.ts'
import { createUser } from './users/create.ts'
import { deleteUser } from './users/delete.ts'
import { disableUser, enableUser } from './users/disable.ts'
import { listUsers } from './users/list.ts'
import { changePassword } from './users/passwd.ts'
import { changeOwnPassword } from './users/password.ts'
import { changeRole } from './users/role.ts'
import { migrateWarehouse } from './warehouse/migrate.ts'
import { warehouseSql } from './warehouse/sql.ts'

/** In the order the help shows them. */
export const commands: readonly Command[] = [
  demo,
  start,
  dev,
  worker,
  doctor,
  validate,
  reset,
  listPipelines,
  showPipeline,
  triggerPipeline,
  runPipeline,
  testPipeline,
  backfillPipeline,
  pausePipeline,
  unpausePipeline,
  pipelineErrors,
  listTasks,
  taskLogs,
  testTask,
  clearTask,
  markTask,
  listRuns,
  showRun,
  cancelRun,
  lakeTables,
  lakeHistory,
  lakeRead,
  lakeSql,
  lakeOptimize,
  lakeVacuum,
  lakeRestore,
  lakeExport,
  lakeVerify,
  lakeRetain,
  warehouseSql,
  migrateWarehouse,
  listLedger,
  rebuildLedger,
  planBudget,
  budgetStatus,
  listNotifications,
  retryNotifications,
  createUser,
  listUsers,
  changePassword,
  changeOwnPassword,
  changeRole,
  disableUser,
  enableUser,
  deleteUser,
  explainConfig,
]
