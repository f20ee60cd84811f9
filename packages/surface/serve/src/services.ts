import type { Users } from '@sluice/accounts'
import type { Freshness, StepKind } from '@sluice/author'
import type { BudgetPlan, BudgetStatus, WhatIf } from '@sluice/budget'
import type { Store } from '@sluice/core'
import type { Engine, LedgerEntry, Page } from '@sluice/engine'
import type { ProjectLakes } from '@sluice/lake'
import type { NotificationDetail, NotificationFilter, NotificationSummary } from '@sluice/notify'
import type { Turns } from '@sluice/process'
import type { ProjectWarehouses } from '@sluice/warehouse'
import type { EventHub } from './streams/events.ts'

/** What the handlers call. The platform gives the real services, so that serve opens nothing itself. */
export interface Services {
  readonly engine: Engine
  readonly lakes: ProjectLakes
  readonly warehouses: Omit<ProjectWarehouses, 'close'>
  readonly datasets: DatasetsApi
  readonly models: ModelsApi
  readonly settings: SettingsApi
  readonly budgets: BudgetsApi
  readonly notifications: NotificationsApi
  readonly users: UsersApi
  readonly info: PlatformInfo
}

/** With what a server keeps for all its readers. */
export interface ServerServices extends Services {
  readonly events: EventHub
  /** At what costs as much as its caller says. */
  readonly turns: Turns
}

export interface PlatformInfo {
  readonly version: string
  /** Absolute; logs are found below it. */
  readonly stateDir: string
  readonly profile: 'demo' | 'live'
  readonly projects: readonly string[]
  /** By project, relative to the folder of the platform: an editor opens a file in there, and not the copy that a run has. */
  readonly folders: Readonly<Record<string, string>>
  /** Whether the metadata database takes statements; it answers within moments. */
  ready(): Promise<boolean>
}

/** A dataset as its project declares it, and how it stands. */
export interface DatasetSummary {
  /** Full id. */
  readonly dataset: string
  readonly project: string
  readonly store: Store
  /** `silver.assets`. */
  readonly name: string
  readonly description: string | null
  readonly owner: string | null
  readonly tags: readonly string[]
  /** How long rows or bodies stay, as written: `90d`. */
  readonly keep: string | null
  /** How old its newest batch may be, as written: `45m`. */
  readonly fresh: string | null
  readonly freshness: Freshness
  readonly newestBatch: Pick<
    LedgerEntry,
    'batch' | 'generation' | 'writtenAt' | 'rowsWritten' | 'rowsQuarantined' | 'pipeline' | 'task' | 'run'
  > | null
}

export interface DatasetDetail extends DatasetSummary {
  /** What lies there: rows of columns, bodies and how they read as rows, or files of a format or media type. */
  readonly holds: string
  readonly columns: readonly DatasetColumn[]
  readonly key: readonly string[]
  /** The column that says which rows are newest. */
  readonly order: string | null
  /** Rules of its rows, with what is said of a row that breaks one. */
  readonly checks: readonly { readonly id: string; readonly message: string }[]
  readonly references: readonly { readonly columns: readonly string[]; readonly to: string; readonly on: readonly string[] }[]
  readonly filledBy: readonly DatasetStep[]
  readonly readBy: readonly DatasetStep[]
}

export interface DatasetColumn {
  readonly name: string
  /** As a project writes it: `decimal(38, 18)`. */
  readonly type: string
  readonly notNull: boolean
  readonly personal: boolean
  /** The database fills it when a load leaves it out. */
  readonly filled: boolean
  readonly oneOf: readonly string[] | null
  readonly comment: string | null
}

export interface DatasetStep {
  readonly pipeline: string
  readonly step: string
  readonly kind: StepKind
}

export interface DatasetsApi {
  /** Those that the projects declare, by store and name; of one project where it is named. @throws `not_found` for an unknown project */
  all(project?: string): Promise<readonly DatasetDetail[]>
}

/** How far the rebuild of a table is. */
export interface RebuildState {
  /** Full id. */
  readonly dataset: string
  readonly dryRun: boolean
  /** Columns that are declared otherwise than the table has them. */
  readonly columns: readonly { readonly column: string; readonly from: string | null; readonly to: string | null }[]
  readonly batches: number
  readonly byQuery: number
  readonly byRows: readonly { readonly reason: string; readonly batches: number }[]
  readonly made: number
  readonly finished: boolean
  readonly rowsBefore: number
  readonly rows: number | null
  readonly quarantined: number
  readonly version: string | null
}

export interface ModelsApi {
  /**
   * Goes on for some seconds with making a table of the lake anew; a dry run tells the plan alone. @throws `not_found`, `request.invalid`
   * for a dataset that no model of the lake fills, `quality.failed`
   */
  rebuild(of: {
    readonly dataset: string
    readonly project?: string
    readonly dryRun: boolean
    /** Those that whoever asks may change: what others declare is not there. */
    readonly projects: 'all' | readonly string[]
    /** Who asks, for the history of the table. */
    readonly by: string
    readonly signal: AbortSignal
  }): Promise<RebuildState>
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

/** With every place that was asked, in the order in which they count. */
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
  /** Every budget of a project. @throws `not_found`, `config.missing`, `config.invalid`; `request.invalid` for a wrong cadence */
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
  /** With what it says. @throws `not_found` */
  find(key: string, project?: string): Promise<NotificationDetail>
  /** Queues failed messages again: those of `keys`, or every one. Answers how many. */
  retry(keys?: readonly string[]): Promise<number>
}

export type UsersApi = Omit<Users, 'close'>
