export { type RunCheckOptions, runCheck } from './check/run.ts'
export {
  type CheckFinding,
  type ExaminedCheck,
  examineChecksInLake,
  examineChecksInWarehouse,
} from './examine/checks.ts'
export { type ExaminedModel, examineInLake, examineInWarehouse, type ModelFinding } from './examine/examine.ts'
export { examinePersonal, type PersonalFindings } from './examine/personal.ts'
export { columnsOfGraph, type LineageCache, type NodeColumns, type SqlParser, sqlOf } from './graph/columns.ts'
export type { DeclaredCheck, DeclaredDataset, DeclaredLoad, DeclaredProject } from './graph/declared.ts'
export { type GraphNode, graphOfProject, type ModelGraph } from './graph/graph.ts'
export { csvSql, type LoadPlan, planLoad } from './load/csv.ts'
export { type RunLoadOptions, runLoad } from './load/run.ts'
export { planModel } from './model/plan.ts'
export { type RunModelOptions, type RunnableModel, runModel } from './model/run.ts'
export { type RunWarehouseModelOptions, runWarehouseModel } from './model/run-on-warehouse.ts'
export type { Cells, RowDifference } from './model-test/differences.ts'
export { testInLake } from './model-test/in-lake.ts'
export { testInWarehouse } from './model-test/in-warehouse.ts'
export type { ModelTestResult } from './model-test/result.ts'
export { folderOf } from './pull/files.ts'
export { lookAtPull, type PlannedFile, type PlannedPull, type PullLookedAt } from './pull/look.ts'
export { type BrokenRow, type PreviewedFile, previewPull } from './pull/preview.ts'
export type { ColumnChange } from './rebuild/plan.ts'
export { type RebuildOptions, type Rebuilt, rebuild } from './rebuild/rebuild.ts'
export { type IncomingRows, planRows, type RowsPlan } from './rows/plan.ts'
export { type Fingerprints, fingerprintsOf, type Selecting, selectedNodes } from './select/select.ts'
