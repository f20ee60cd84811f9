export { policyOf } from '@sluice/lake'
export { createLakeApi, type LakeApiOptions } from './lake-api.ts'
export { migrationsIn, prepareWarehouseOf, type WarehouseOf } from './prepare.ts'
export { createWarehouseApi, type WarehouseApiOptions, type WarehousePlace } from './warehouse-api.ts'
