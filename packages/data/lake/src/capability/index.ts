export type { ExportedRows, ExportRows } from '../gold/request.ts'
export type { LakeContext, TaskLake, WriteName } from './define.ts'
export { type LakeCapability, type LakeCapabilityOptions, lakeCapability, warnOfMaintenance } from './open.ts'
export { type DuckDBLimits, duckdbIn, type StateLakes, type StateLakesOptions, stateLakes } from './state-lakes.ts'
