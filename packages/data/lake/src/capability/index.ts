export type { ExportedRows, ExportRows, LakeContext, TaskLake, WriteName } from './define.ts'
