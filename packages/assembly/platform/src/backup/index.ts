export { parseKeep } from '@sluice/backup'
export { lookAtDatabase } from '@sluice/warehouse/backup'
export { clusterBackups, restoreClusterInto, saveCluster, saveLog } from './cluster.ts'
export { databasesOf, type PlatformDatabase } from './databases.ts'
export { findBackup, placeAndId, platformBackups } from './find.ts'
export type { PlatformManifest } from './manifest.ts'
export { type BackupPlan, planBackup } from './plan.ts'
export { type RestoredPlatform, refuseRestore, restorePlatform } from './restore-platform.ts'
export { type SavedPlatform, savePlatform } from './save-platform.ts'
export { verifyPlatform } from './verify-platform.ts'
export {
  findWarehouseBackup,
  restoreWarehouse,
  saveWarehouse,
  verifyWarehouse,
  type WarehouseBackup,
  type WarehouseBackupsOf,
  warehouseBackups,
  warehouseScript,
} from './warehouse-backups.ts'
export { placeOf, secretOf } from './where.ts'
