export type { TaskWarehouse, WarehouseContext } from './define.ts'
export { type WarehouseCapability, type WarehouseUrls, warehouseCapability } from './open.ts'
