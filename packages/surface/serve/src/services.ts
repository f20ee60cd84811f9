import type { Users } from '@sluice/accounts'
import type { BudgetPlan, BudgetStatus, WhatIf } from '@sluice/budget'
import type { Engine, Page, SinkReceipt } from '@sluice/engine'
import type {
  ExportFormat,
  GoldFormat,
  GoldRestored,
  GoldVerdict,
  LakeReceipt,
  LakeTable,
  LakeVersion,
  Maintenance,
  Retained,
} from '@sluice/lake'
import type { NotificationFilter, NotificationSummary } from '@sluice/notify'
import type { SqlResult } from '@sluice/warehouse'
import type { EventHub } from './streams/events.ts'

/** What the routes need besides the engine, as ports: the composition of an app gives the real ones, so serve opens nothing itself. */
export interface Services {
  readonly engine: Engine
  readonly lake: LakeApi
  readonly warehouse: WarehouseApi
  readonly settings: SettingsApi
  readonly budgets: BudgetsApi
  readonly notifications: NotificationsApi
  readonly users: UsersApi
  readonly info: PlatformInfo
}

/** With what one server has for all who listen to it. */
export interface ServerServices extends Services {
  readonly events: EventHub
}

export interface PlatformInfo {
  readonly version: string
  /** Absolute; logs are found below it. */
  readonly stateDir: string
  readonly profile: 'demo' | 'live'
  /** Answers within moments whether the metadata database takes statements. */
  ready(): Promise<boolean>
}

export interface LakeTableRow extends LakeTable {
  readonly project: string
}

export interface LakeRead {
  /** Full or unambiguous short dataset id; or `path`, any Delta table on this machine. */
  readonly dataset?: string
  readonly path?: string
  readonly project?: string
  readonly version?: number
  readonly limit?: number
  readonly format: ExportFormat
}

export interface LakeApi {
  tables(filter?: { readonly project?: string }): Promise<readonly LakeTableRow[]>
  /** Newest first. @throws `lake.dataset_unknown` */
  history(target: { readonly dataset: string; readonly project?: string }): Promise<readonly LakeVersion[]>
  /** What the lakes themselves recorded; the truth of which the ledger is a projection. */
  receipts(filter?: { readonly project?: string }): Promise<readonly SinkReceipt[]>
  /** The rows as a file of the format: JSON is one array of objects. Streams; memory stays bounded. @throws `lake.dataset_unknown` */
  read(target: LakeRead, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** One query over datasets and files of the project's lake. @throws `input.invalid`, `lake.dataset_unknown`, `request.denied` with the place */
  sql(project: string, text: string, options: { readonly limit?: number }, signal: AbortSignal): Promise<SqlResult>
  /** The same, all its rows as a file of the format. */
  sqlFile(
    project: string,
    text: string,
    options: { readonly limit?: number; readonly format: ExportFormat },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>
  optimize(target: LakeTarget, options: { readonly clusterBy?: readonly string[] }): Promise<OptimizeAnswer>
  vacuum(
    target: LakeTarget,
    options: { readonly retentionHours?: number; readonly dryRun?: boolean; readonly allowShortRetention?: boolean },
  ): Promise<VacuumAnswer>
  restore(target: LakeTarget, to: { readonly version: number } | { readonly timestamp: number }): Promise<RestoreAnswer>
  /** Retention of a project's zones as of a logical time. */
  retain(project: string, options: { readonly now: number; readonly dryRun?: boolean }): Promise<Retained>
  /** Writes an export that somebody asks for: its batch is of this call alone. */
  export(
    target: LakeTarget,
    request: { readonly from: { readonly dataset: string } | { readonly sql: string }; readonly format: GoldFormat },
  ): Promise<LakeReceipt>
  verify(target: LakeTarget, version?: string): Promise<readonly GoldVerdict[]>
  restoreExport(target: LakeTarget, options: { readonly into: string; readonly version?: string }): Promise<GoldRestored>
}

/** A dataset by its full or unambiguous short name. */
export interface LakeTarget {
  readonly dataset: string
  readonly project?: string
}

export type OptimizeAnswer = Awaited<ReturnType<Maintenance['optimize']>>
export type VacuumAnswer = Awaited<ReturnType<Maintenance['vacuum']>>
export type RestoreAnswer = Awaited<ReturnType<Maintenance['restore']>>

export interface MigrateRequest {
  readonly direction: 'up' | 'down'
  /** The migration that shall be the last applied, or `none`; down without it takes back one. */
  readonly to?: string
  readonly dryRun?: boolean
}

export interface MigrateAnswer {
  readonly project: string
  readonly dryRun: boolean
  /** In the order they ran, or would run. */
  readonly steps: readonly { readonly direction: 'up' | 'down'; readonly id: string }[]
}

/** A query that a project keeps under a name, in `queries/<name>.sql`. */
export interface NamedQuery {
  readonly name: string
  /** The comment lines at its beginning. */
  readonly description: string | null
  /** Its `:name` placeholders. */
  readonly params: readonly string[]
  readonly sql: string
}

export interface SqlOptions {
  readonly limit?: number
  /** Values of `:name` placeholders. */
  readonly params?: Readonly<Record<string, string | null>>
}

export interface WarehouseApi {
  /** One query, in a read-only transaction. @throws `warehouse.failed` with the place in the statement, `not_found` */
  sql(project: string, text: string, options: SqlOptions): Promise<SqlResult>
  /** By name. */
  queries(project: string): Promise<readonly NamedQuery[]>
  /** @throws `not_found` with the names there are, else as `sql` */
  runQuery(project: string, name: string, options: SqlOptions): Promise<SqlResult>
  /** What the warehouses themselves recorded. */
  receipts(filter?: { readonly project?: string }): Promise<readonly SinkReceipt[]>
  migrate(project: string, request: MigrateRequest): Promise<MigrateAnswer>
}

export interface SettingRow {
  /** `port`, or `<project>.connections.<name>.url` and its kin. */
  readonly key: string
  /** The environment variable that sets it. */
  readonly env: string
  readonly secret: boolean
  /** `null` where nothing is set; `****` for a secret, whose value never leaves. */
  readonly value: string | number | null
  readonly source: string | null
  /** `file:line`, or the variable's name. */
  readonly where: string | null
}

/** With every place asked, in their order. */
export interface ExplainedSetting extends SettingRow {
  readonly candidates: readonly {
    readonly source: string
    readonly where: string
    readonly value: string | number | null
    readonly wins: boolean
  }[]
}

export interface SettingsApi {
  list(): Promise<readonly SettingRow[]>
  /** By key or environment variable, which several settings may share. @throws `not_found` with the keys there are. */
  explain(key: string): Promise<readonly ExplainedSetting[]>
}

export interface BudgetsApi {
  /** Every budget of a project. @throws `not_found`, `config.missing`, `config.invalid`, `request.invalid` for a cadence that is none. */
  plan(project: string, whatIf: WhatIf): Promise<readonly BudgetPlan[]>
  status(project: string): Promise<readonly BudgetStatus[]>
}

/** A page of messages, and what keeps them from leaving. */
export interface NotificationPage extends Page<NotificationSummary> {
  /** Said while messages wait and no mail server is set; else `null`. */
  readonly hint: string | null
}

export interface NotificationsApi {
  /** Of all outboxes, newest first. */
  list(filter: NotificationFilter): Promise<NotificationPage>
  /** Queues failed messages again: those of `keys`, or every one. Answers how many. */
  retry(keys?: readonly string[]): Promise<number>
}

export type UsersApi = Omit<Users, 'close'>
