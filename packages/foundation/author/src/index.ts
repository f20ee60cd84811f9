export { type AlertRules, type AlertRulesVersion, alertRules, type Severity, type Thresholds } from './alerts/alert-rules.ts'
export type { DeclaredName, DeclaredNames } from './base/declared-names.ts'
export type { DefinitionError } from './base/definition-error.ts'
export { type Fault, faultError } from './base/faults.ts'
export { type ReceiverKind, receiverKinds } from './base/receiver-kinds.ts'
export { aFunction, aText, optionNames, refuseOddOptions, refuseOther } from './base/shape.ts'
export type { None } from './base/types.ts'
export * from './capability/attempt.ts'
export * from './capability/capability.ts'
export { howToPutRight, whereToLook } from './capability/left-out-next.ts'
export { readingOf, refOf, takeExternal } from './capability/reading.ts'
export * from './capability/written.ts'
export * from './columns/builders.ts'
export { type Column, type Columns, type ColumnTrait, type ColumnType, typeText } from './columns/column.ts'
export * from './columns/rows.ts'
export * from './dataset/any-dataset.ts'
export { type Bodies, fieldPath, type JsonPath, json, jsonPath, raw } from './dataset/bodies.ts'
export { dataset } from './dataset/dataset.ts'
export { type DeclaredForeignKey, foreignKey } from './dataset/foreign-key.ts'
export { type Freshness, type FreshnessState, freshnessOf } from './dataset/freshness.ts'
export { type IndexOption, type IndexOptions, type IndexPart, uniqueIndexesOf } from './dataset/indexes.ts'
export {
  accepted,
  emailAddress,
  freshness,
  type Graded,
  graded,
  inOrder,
  length,
  matches,
  notNull,
  ofTable,
  type QualityRule,
  type QualitySeverity,
  refersTo,
  rowCount,
  type Tolerance,
  violations,
} from './dataset/quality-rules.ts'
export { brokenKey, leftOut, quarantineLimits, soundKeyOf } from './dataset/quarantine-limits.ts'
export { type RowCheck, unique, within } from './dataset/row-checks.ts'
export { rowChecksOf } from './dataset/row-checks-of.ts'
export { supersededMs } from './dataset/superseded.ts'
export { boundsOf, comparedOf, entityOf, observedOf } from './dataset/versions.ts'
export { isView, tablesOf } from './dataset/view.ts'
export { graphOf, type PipelineGraph } from './graph/graph.ts'
export { projectFaults } from './graph/project.ts'
export { type Edge, inWords, type Reason } from './graph/reasons.ts'
export { type ModelSpec, modelSpec, type PipelineSpec, type TaskSpec } from './graph/specs.ts'
export { type ActiveRuns, activeRuns, type MaxActiveRuns, mayOverlap } from './pipeline/active-runs.ts'
export {
  type Channel,
  channelKinds,
  email,
  emails,
  type Notifications,
  opsgenie,
  pagerduty,
  slack,
  teams,
  webhook,
} from './pipeline/channels.ts'
export { type Chain, type Chains, chains } from './pipeline/order.ts'
export { type Pipeline, pipeline, type Steps } from './pipeline/pipeline.ts'
export * from './project/budget.ts'
export * from './project/connection.ts'
export * from './project/env-value.ts'
export { type BasicAuth, basicAuth, type CallLimit, type HttpAuth, type OAuth, oauth } from './project/http-auth.ts'
export * from './project/lake-policy.ts'
export * from './project/platform.ts'
export * from './project/project.ts'
export type { MessageTemplate, Receivers, TemplateValue } from './project/receiver.ts'
export type { Logger, RunContext, RunInfo } from './run/context.ts'
export * from './run/pages.ts'
export type { Compression, Encoding } from './source/bytes.ts'
export { type DateForm, dateFormAdvice, dateFormFault, dateLetters, dateParts } from './source/date-form.ts'
export type { Drift, DriftPolicies, DriftPolicy } from './source/drift.ts'
export { type FileReadiness, type FileSource, fileSource, type SourceFolder } from './source/file-source.ts'
export * from './source/format.ts'
export type { AnswerCode } from './source/rest-answer.ts'
export type { PlannedIds, RestIds } from './source/rest-ids.ts'
export type { BoundForm, FromGreatest, OfInterval, RestIncremental } from './source/rest-incremental.ts'
export type { Offsets, PageNumbers, RestPages } from './source/rest-pages.ts'
export { type BodyValue, isForm, type MostRows, placeholdersIn, type RestSource, restSource } from './source/rest-source.ts'
export { withVariables } from './source/rest-variables.ts'
export type { Source } from './source/source.ts'
export { type Incremental, type SqlMode, type SqlSource, sqlSource } from './source/sql-source.ts'
export { withOutputs } from './sql/outputs.ts'
export {
  batchesIn,
  datasetsIn,
  instant,
  type OutputRefs,
  type QueryContext,
  rawSql,
  readAsTheyStand,
  type Sql,
  type SqlPart,
  type SqlRows,
} from './sql/parts.ts'
export { quotedName } from './sql/quoted-name.ts'
export { type AnswerColumn, answered, refuseOtherColumns } from './statement/answer.ts'
export type { Declared, Fillable, Readable } from './statement/declared.ts'
export { datasetOf, inputsOf, type PartRead, type Reading } from './statement/reading.ts'
export { type SqlValue, sql } from './statement/sql.ts'
export { type SqlNames, sqlText } from './statement/sql-text.ts'
export { type Backup, backup, type SavedBackup } from './steps/backup.ts'
export { type Check, type CheckFigures, check } from './steps/check.ts'
export { type Defaults, type Group, group, type Pool, pool } from './steps/defaults.ts'
export { type Ephemeral, ephemeral } from './steps/ephemeral.ts'
export { type Authoring, authoring, type FunctionOptions, functionOptions, type Sensor, type Task } from './steps/functions.ts'
export { type Load, type LoadMode, load } from './steps/load.ts'
export { type Hooks, type Model, model, type WhenChanged } from './steps/model.ts'
export { given, givenCte, type ModelTest, type ModelTestSpec, modelTestSpec } from './steps/model-test.ts'
export type { InputsOf, Named } from './steps/needs.ts'
export { type StepOptions, stepOptions } from './steps/options.ts'
export type { Storable } from './steps/output.ts'
export { sensor, task } from './steps/plain.ts'
export { type Pull, type Pulled, pull } from './steps/pull.ts'
export { columnsIn, type Quality, type QualityFound, quality, qualityName } from './steps/quality.ts'
export type { Refresh } from './steps/refresh.ts'
export { type Retain, retain } from './steps/retain.ts'
export { Skip, skip } from './steps/skip.ts'
export type { ContextOf, ContextSlot } from './steps/slot.ts'
export { soundVersions } from './steps/sound-versions.ts'
export type { OutputOf, Step, StepKind } from './steps/step.ts'
export { type TriggerRule, triggerRules } from './steps/trigger-rule.ts'
