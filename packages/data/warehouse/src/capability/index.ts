export type { TaskWarehouse, WarehouseContext } from './define.ts'
