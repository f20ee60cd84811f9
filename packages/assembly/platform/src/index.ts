export { openCapabilities } from './capabilities/open.ts'
export type { CapabilityOptions } from './capabilities/options.ts'
export { projectOptions } from './capabilities/project-options.ts'
export { type Database, openDatabase } from './database/database.ts'
export { refuseOtherHosts } from './database/other-hosts.ts'
export { stopEmbedded } from './database/stop-embedded.ts'
export { loadDefinitions, type ProjectDefinitions, publish } from './definitions/definitions.ts'
export { projectFolders } from './definitions/project-folders.ts'
export { type WatchListener, watchDefinitions } from './definitions/watch.ts'
export { watchSettings } from './definitions/watch-settings.ts'
export { type Outboxes, type OutboxesOptions, openOutboxes } from './delivery/outboxes.ts'
export { dayRun, historyDays, landHistory } from './demo/history.ts'
export { type RehearsalOptions, rehearse } from './demo/rehearsal.ts'
export type { RehearsedLine } from './demo/rehearsed-line.ts'
export { mailsDir } from './demo/simulators.ts'
export { type ExaminedDefinitions, examineDefinitions } from './examine/examine.ts'
export { type TestedModel, type TestedModels, testModels } from './examine/test-models.ts'
export { type Execution, type ExecutionOptions, startExecution } from './execution/execution.ts'
export { missingValues } from './execution/missing-values.ts'
export { ledgerOf } from './live/find-run.ts'
export type { FirstRows } from './live/first-rows.ts'
export { type LiveOptions, type LiveTask, tryLive } from './live/try-live.ts'
export { openPlatform, type Platform, type PlatformOptions, version } from './platform.ts'
export { openServerPlatform, type ServerOptions, type ServerPlatform, type StartStep } from './serve-platform.ts'
export { loadSettings } from './settings.ts'
export {
  type AskedSource,
  type DeclaredSource,
  declaredSources,
  type PulledSource,
  pulledSources,
  sourceNamed,
  sourcesOf,
} from './sources/declared-sources.ts'
export { dryPull, type LookAtSourceOptions, type PlannedPull, type PreviewedFile, previewSource } from './sources/look-at-source.ts'
export { openDuckDB } from './stores/duckdb.ts'
