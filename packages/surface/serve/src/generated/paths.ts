// Made of the files in operations/ by "npm run operations".
import type { listAudit } from '../operations/audit/list.ts'
import type { cancelBackfill } from '../operations/backfills/cancel.ts'
import type { changeBackfill } from '../operations/backfills/change.ts'
import type { listBackfills } from '../operations/backfills/list.ts'
import type { showBackfill } from '../operations/backfills/show.ts'
import type { listBackups } from '../operations/backups/list.ts'
import type { runBackup } from '../operations/backups/run.ts'
import type { showBackup } from '../operations/backups/show.ts'
import type { verifyBackup } from '../operations/backups/verify.ts'
import type { planBudgets } from '../operations/budgets/plan.ts'
import type { listBudgets } from '../operations/budgets/status.ts'
import type { explainSetting } from '../operations/config/explain.ts'
import type { listSettings } from '../operations/config/list.ts'
import type { listDatasets } from '../operations/datasets/list.ts'
import type { showDataset } from '../operations/datasets/show.ts'
import type { connectLake } from '../operations/lake/connect.ts'
import type { exportLake } from '../operations/lake/export.ts'
import type { exportQuery } from '../operations/lake/export-query.ts'
import type { lakeHistory } from '../operations/lake/history.ts'
import type { optimizeTable } from '../operations/lake/optimize.ts'
import type { queryLake } from '../operations/lake/query.ts'
import type { readLake } from '../operations/lake/read.ts'
import type { restoreTable } from '../operations/lake/restore.ts'
import type { restoreLakeExport } from '../operations/lake/restore-export.ts'
import type { retainLake } from '../operations/lake/retain.ts'
import type { listLakeTables } from '../operations/lake/tables.ts'
import type { vacuumTable } from '../operations/lake/vacuum.ts'
import type { verifyExports } from '../operations/lake/verify.ts'
import type { listLedger } from '../operations/ledger/list.ts'
import type { rebuildLedger } from '../operations/ledger/rebuild.ts'
import type { compileModels } from '../operations/models/compile.ts'
import type { diffModels } from '../operations/models/diff.ts'
import type { graphOfModels } from '../operations/models/graph.ts'
import type { planModels } from '../operations/models/plan.ts'
import type { rebuildModel } from '../operations/models/rebuild.ts'
import type { listNotifications } from '../operations/notifications/list.ts'
import type { retryNotifications } from '../operations/notifications/retry.ts'
import type { showNotification } from '../operations/notifications/show.ts'
import type { backfillPipeline } from '../operations/pipelines/backfill.ts'
import type { changePipeline } from '../operations/pipelines/change.ts'
import type { listDefinitionErrors } from '../operations/pipelines/errors.ts'
import type { listPipelines } from '../operations/pipelines/list.ts'
import type { rewindPipeline } from '../operations/pipelines/rewind.ts'
import type { showPipeline } from '../operations/pipelines/show.ts'
import type { triggerPipeline } from '../operations/pipelines/trigger.ts'
import type { showInfo } from '../operations/platform/info.ts'
import type { listPools } from '../operations/pools/list.ts'
import type { cancelRun } from '../operations/runs/cancel.ts'
import type { liveEvents } from '../operations/runs/events.ts'
import type { followRun } from '../operations/runs/follow.ts'
import type { listRuns } from '../operations/runs/list.ts'
import type { showRun } from '../operations/runs/show.ts'
import type { listSources } from '../operations/sources/list.ts'
import type { planSource } from '../operations/sources/plan.ts'
import type { previewSource } from '../operations/sources/preview.ts'
import type { pullSource } from '../operations/sources/pull.ts'
import type { listAttempts } from '../operations/tasks/attempts.ts'
import type { clearTask } from '../operations/tasks/clear.ts'
import type { readTaskLog } from '../operations/tasks/log.ts'
import type { markTask } from '../operations/tasks/mark.ts'
import type { createToken } from '../operations/tokens/create.ts'
import type { listTokens } from '../operations/tokens/list.ts'
import type { revokeToken } from '../operations/tokens/revoke.ts'
import type { changeUser } from '../operations/users/change.ts'
import type { createUser } from '../operations/users/create.ts'
import type { deleteUser } from '../operations/users/delete.ts'
import type { grantProject } from '../operations/users/grant.ts'
import type { listUsers } from '../operations/users/list.ts'
import type { revokeProject } from '../operations/users/revoke.ts'
import type { checkWarehouse } from '../operations/warehouse/check.ts'
import type { connectWarehouse } from '../operations/warehouse/connect.ts'
import type { dictionaryOfWarehouse } from '../operations/warehouse/dictionary.ts'
import type { diffWarehouse } from '../operations/warehouse/diff.ts'
import type { exportWarehouseQuery } from '../operations/warehouse/export-query.ts'
import type { migrateWarehouse } from '../operations/warehouse/migrate.ts'
import type { listQueries } from '../operations/warehouse/queries.ts'
import type { queryWarehouse } from '../operations/warehouse/query.ts'
import type { runQuery } from '../operations/warehouse/run-query.ts'
import type { warehouseStatus } from '../operations/warehouse/status.ts'

/** Types alone: who calls an operation loads nothing of it. */
export interface Operations {
  readonly 'audit.list': typeof listAudit
  readonly 'backfills.cancel': typeof cancelBackfill
  readonly 'backfills.change': typeof changeBackfill
  readonly 'backfills.list': typeof listBackfills
  readonly 'backfills.show': typeof showBackfill
  readonly 'backups.list': typeof listBackups
  readonly 'backups.run': typeof runBackup
  readonly 'backups.show': typeof showBackup
  readonly 'backups.verify': typeof verifyBackup
  readonly 'budgets.plan': typeof planBudgets
  readonly 'budgets.status': typeof listBudgets
  readonly 'config.explain': typeof explainSetting
  readonly 'config.list': typeof listSettings
  readonly 'datasets.list': typeof listDatasets
  readonly 'datasets.show': typeof showDataset
  readonly 'lake.connect': typeof connectLake
  readonly 'lake.export': typeof exportLake
  readonly 'lake.exportQuery': typeof exportQuery
  readonly 'lake.history': typeof lakeHistory
  readonly 'lake.optimize': typeof optimizeTable
  readonly 'lake.query': typeof queryLake
  readonly 'lake.read': typeof readLake
  readonly 'lake.restore': typeof restoreTable
  readonly 'lake.restoreExport': typeof restoreLakeExport
  readonly 'lake.retain': typeof retainLake
  readonly 'lake.tables': typeof listLakeTables
  readonly 'lake.vacuum': typeof vacuumTable
  readonly 'lake.verify': typeof verifyExports
  readonly 'ledger.list': typeof listLedger
  readonly 'ledger.rebuild': typeof rebuildLedger
  readonly 'models.compile': typeof compileModels
  readonly 'models.diff': typeof diffModels
  readonly 'models.graph': typeof graphOfModels
  readonly 'models.plan': typeof planModels
  readonly 'models.rebuild': typeof rebuildModel
  readonly 'notifications.list': typeof listNotifications
  readonly 'notifications.retry': typeof retryNotifications
  readonly 'notifications.show': typeof showNotification
  readonly 'pipelines.backfill': typeof backfillPipeline
  readonly 'pipelines.change': typeof changePipeline
  readonly 'pipelines.errors': typeof listDefinitionErrors
  readonly 'pipelines.list': typeof listPipelines
  readonly 'pipelines.rewind': typeof rewindPipeline
  readonly 'pipelines.show': typeof showPipeline
  readonly 'pipelines.trigger': typeof triggerPipeline
  readonly 'platform.info': typeof showInfo
  readonly 'pools.list': typeof listPools
  readonly 'runs.cancel': typeof cancelRun
  readonly 'runs.events': typeof liveEvents
  readonly 'runs.follow': typeof followRun
  readonly 'runs.list': typeof listRuns
  readonly 'runs.show': typeof showRun
  readonly 'sources.list': typeof listSources
  readonly 'sources.plan': typeof planSource
  readonly 'sources.preview': typeof previewSource
  readonly 'sources.pull': typeof pullSource
  readonly 'tasks.attempts': typeof listAttempts
  readonly 'tasks.clear': typeof clearTask
  readonly 'tasks.log': typeof readTaskLog
  readonly 'tasks.mark': typeof markTask
  readonly 'tokens.create': typeof createToken
  readonly 'tokens.list': typeof listTokens
  readonly 'tokens.revoke': typeof revokeToken
  readonly 'users.change': typeof changeUser
  readonly 'users.create': typeof createUser
  readonly 'users.delete': typeof deleteUser
  readonly 'users.grant': typeof grantProject
  readonly 'users.list': typeof listUsers
  readonly 'users.revoke': typeof revokeProject
  readonly 'warehouse.check': typeof checkWarehouse
  readonly 'warehouse.connect': typeof connectWarehouse
  readonly 'warehouse.dictionary': typeof dictionaryOfWarehouse
  readonly 'warehouse.diff': typeof diffWarehouse
  readonly 'warehouse.exportQuery': typeof exportWarehouseQuery
  readonly 'warehouse.migrate': typeof migrateWarehouse
  readonly 'warehouse.queries': typeof listQueries
  readonly 'warehouse.query': typeof queryWarehouse
  readonly 'warehouse.runQuery': typeof runQuery
  readonly 'warehouse.status': typeof warehouseStatus
}

export interface Route {
  readonly kind: 'json' | 'stream'
  readonly method: string
  readonly path: string
}

export const operations: { readonly [Name in keyof Operations]: Route } = {
  'audit.list': { kind: 'json', method: 'get', path: '/audit' },
  'backfills.cancel': { kind: 'json', method: 'post', path: '/backfills/{backfill}/cancel' },
  'backfills.change': { kind: 'json', method: 'patch', path: '/backfills/{backfill}' },
  'backfills.list': { kind: 'json', method: 'get', path: '/backfills' },
  'backfills.show': { kind: 'json', method: 'get', path: '/backfills/{backfill}' },
  'backups.list': { kind: 'json', method: 'get', path: '/backups' },
  'backups.run': { kind: 'json', method: 'post', path: '/backups' },
  'backups.show': { kind: 'json', method: 'get', path: '/backups/{job}' },
  'backups.verify': { kind: 'json', method: 'post', path: '/backups/verify' },
  'budgets.plan': { kind: 'json', method: 'get', path: '/budgets/{project}/plan' },
  'budgets.status': { kind: 'json', method: 'get', path: '/budgets/{project}/status' },
  'config.explain': { kind: 'json', method: 'get', path: '/config/{key}' },
  'config.list': { kind: 'json', method: 'get', path: '/config' },
  'datasets.list': { kind: 'json', method: 'get', path: '/datasets' },
  'datasets.show': { kind: 'json', method: 'get', path: '/datasets/{dataset}' },
  'lake.connect': { kind: 'json', method: 'get', path: '/lake/{project}/connection' },
  'lake.export': { kind: 'json', method: 'post', path: '/lake/exports' },
  'lake.exportQuery': { kind: 'stream', method: 'post', path: '/lake/{project}/query/rows' },
  'lake.history': { kind: 'json', method: 'get', path: '/lake/history' },
  'lake.optimize': { kind: 'json', method: 'post', path: '/lake/optimize' },
  'lake.query': { kind: 'json', method: 'post', path: '/lake/{project}/query' },
  'lake.read': { kind: 'stream', method: 'get', path: '/lake/rows' },
  'lake.restore': { kind: 'json', method: 'post', path: '/lake/restore' },
  'lake.restoreExport': { kind: 'json', method: 'post', path: '/lake/exports/restore' },
  'lake.retain': { kind: 'json', method: 'post', path: '/lake/{project}/retain' },
  'lake.tables': { kind: 'json', method: 'get', path: '/lake/tables' },
  'lake.vacuum': { kind: 'json', method: 'post', path: '/lake/vacuum' },
  'lake.verify': { kind: 'json', method: 'post', path: '/lake/exports/verify' },
  'ledger.list': { kind: 'json', method: 'get', path: '/ledger' },
  'ledger.rebuild': { kind: 'json', method: 'post', path: '/ledger/rebuild' },
  'models.compile': { kind: 'json', method: 'post', path: '/models/{project}/sql' },
  'models.diff': { kind: 'json', method: 'post', path: '/models/{project}/diff' },
  'models.graph': { kind: 'json', method: 'post', path: '/models/{project}/graph' },
  'models.plan': { kind: 'json', method: 'post', path: '/models/{project}/plan' },
  'models.rebuild': { kind: 'json', method: 'post', path: '/models/rebuild' },
  'notifications.list': { kind: 'json', method: 'get', path: '/notifications' },
  'notifications.retry': { kind: 'json', method: 'post', path: '/notifications/retry' },
  'notifications.show': { kind: 'json', method: 'get', path: '/notifications/{key}' },
  'pipelines.backfill': { kind: 'json', method: 'post', path: '/pipelines/{pipeline}/backfills' },
  'pipelines.change': { kind: 'json', method: 'patch', path: '/pipelines/{pipeline}' },
  'pipelines.errors': { kind: 'json', method: 'get', path: '/definition-errors' },
  'pipelines.list': { kind: 'json', method: 'get', path: '/pipelines' },
  'pipelines.rewind': { kind: 'json', method: 'post', path: '/pipelines/{pipeline}/rewind' },
  'pipelines.show': { kind: 'json', method: 'get', path: '/pipelines/{pipeline}' },
  'pipelines.trigger': { kind: 'json', method: 'post', path: '/pipelines/{pipeline}/runs' },
  'platform.info': { kind: 'json', method: 'get', path: '/info' },
  'pools.list': { kind: 'json', method: 'get', path: '/pools' },
  'runs.cancel': { kind: 'json', method: 'post', path: '/runs/{run}/cancel' },
  'runs.events': { kind: 'stream', method: 'get', path: '/events' },
  'runs.follow': { kind: 'stream', method: 'get', path: '/runs/{run}/progress' },
  'runs.list': { kind: 'json', method: 'get', path: '/runs' },
  'runs.show': { kind: 'json', method: 'get', path: '/runs/{run}' },
  'sources.list': { kind: 'json', method: 'get', path: '/sources' },
  'sources.plan': { kind: 'json', method: 'post', path: '/sources/{source}/plan' },
  'sources.preview': { kind: 'json', method: 'post', path: '/sources/{source}/preview' },
  'sources.pull': { kind: 'json', method: 'post', path: '/sources/{source}/pull' },
  'tasks.attempts': { kind: 'json', method: 'get', path: '/runs/{run}/tasks/{task}/attempts' },
  'tasks.clear': { kind: 'json', method: 'post', path: '/runs/{run}/tasks/{task}/clear' },
  'tasks.log': { kind: 'stream', method: 'get', path: '/runs/{run}/tasks/{task}/log' },
  'tasks.mark': { kind: 'json', method: 'post', path: '/runs/{run}/tasks/{task}/mark' },
  'tokens.create': { kind: 'json', method: 'post', path: '/tokens' },
  'tokens.list': { kind: 'json', method: 'get', path: '/tokens' },
  'tokens.revoke': { kind: 'json', method: 'delete', path: '/tokens/{token}' },
  'users.change': { kind: 'json', method: 'patch', path: '/users/{username}' },
  'users.create': { kind: 'json', method: 'post', path: '/users' },
  'users.delete': { kind: 'json', method: 'delete', path: '/users/{username}' },
  'users.grant': { kind: 'json', method: 'post', path: '/users/{username}/grants' },
  'users.list': { kind: 'json', method: 'get', path: '/users' },
  'users.revoke': { kind: 'json', method: 'delete', path: '/users/{username}/grants/{granted}' },
  'warehouse.check': { kind: 'json', method: 'get', path: '/warehouse/{project}/check' },
  'warehouse.connect': { kind: 'json', method: 'get', path: '/warehouse/{project}/connection' },
  'warehouse.dictionary': { kind: 'json', method: 'get', path: '/warehouse/{project}/dictionary' },
  'warehouse.diff': { kind: 'json', method: 'get', path: '/warehouse/{project}/diff' },
  'warehouse.exportQuery': { kind: 'stream', method: 'post', path: '/warehouse/{project}/query/rows' },
  'warehouse.migrate': { kind: 'json', method: 'post', path: '/warehouse/{project}/migrate' },
  'warehouse.queries': { kind: 'json', method: 'get', path: '/warehouse/{project}/queries' },
  'warehouse.query': { kind: 'json', method: 'post', path: '/warehouse/{project}/query' },
  'warehouse.runQuery': { kind: 'json', method: 'post', path: '/warehouse/{project}/queries/{query}' },
  'warehouse.status': { kind: 'json', method: 'get', path: '/warehouse/{project}/migrations' },
}
