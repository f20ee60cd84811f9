export type { ExportedRows, ExportRows } from '../gold/request.ts'
export type { LakeContext, TaskLake, WriteName } from './define.ts'
export { type DuckDBLimits, duckdbIn, type Lakes, type LakesOptions, lakesOf } from './of-state.ts'
export { type LakeCapability, type LakeCapabilityOptions, lakeCapability } from './open.ts'
