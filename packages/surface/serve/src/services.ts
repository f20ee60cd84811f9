import type { Users } from '@sluice/accounts'
import type { Freshness, Source, StepKind } from '@sluice/author'
import type { BudgetPlan, BudgetStatus, WhatIf } from '@sluice/budget'
import type { Instant, Json, Store } from '@sluice/core'
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
  readonly sources: SourcesApi
  readonly settings: SettingsApi
  readonly backups: BackupsApi
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

/** A step that reads or fills datasets, or a dataset that is read and that no such step fills. */
export interface ModelsNode {
  /** `model silver.assets`. */
  readonly id: string
  readonly kind: 'model' | 'load' | 'check' | 'task' | 'source'
  readonly name: string
  readonly store: Store
  /** Relative to the project. */
  readonly file: string | null
  readonly description: string | null
  readonly owner: string | null
  readonly tags: readonly string[]
  /** Ids of datasets, without the project; so are those of `fills` and `guards`. */
  readonly reads: readonly string[]
  readonly fills: readonly string[]
  readonly guards: readonly string[]
  readonly steps: readonly { readonly pipeline: string; readonly step: string }[]
  /** Ids of the nodes directly above. */
  readonly above: readonly string[]
  readonly fingerprint: string
  /** Against the version that was published before; null where there is none. */
  readonly state: 'new' | 'changed' | 'unchanged' | null
  readonly refresh: string | null
  readonly sql: string | null
  /** Whether its SQL was followed: else nothing is claimed of its columns. */
  readonly followed: boolean
  readonly columns: readonly ModelsColumn[]
  /** Columns that it names, also those that only select, order or group rows: `lake.silver.assets.price_usd`. */
  readonly uses: readonly string[]
}

export interface ModelsColumn {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly personal: boolean
  readonly comment: string | null
  /** The columns that it is made of. */
  readonly from: readonly string[]
}

/** The graph of a project, or a part of it. */
export interface ModelsGraph {
  readonly project: string
  readonly version: string
  readonly nodes: readonly ModelsNode[]
}

/** Which runs bring models up to date, in their order. */
export interface ModelsPlan {
  readonly project: string
  readonly runs: readonly {
    readonly pipeline: string
    readonly tasks: readonly string[]
    /** Ids of the nodes that they are. */
    readonly nodes: readonly string[]
    /** Names of the parameters that the pipeline declares. */
    readonly params: readonly string[]
    /** What will not come of it, a sentence each. */
    readonly notes: readonly string[]
  }[]
  readonly models: readonly { readonly dataset: string; readonly refresh: string }[]
  /** Names of what is selected and is not run: sources, tasks that read. */
  readonly left: readonly string[]
}

/** The statement of a model or check as its engine is given it. */
export interface CompiledModel {
  readonly name: string
  readonly kind: string
  readonly store: string
  /** Null where it cannot be said. */
  readonly sql: string | null
  /** Values that are bound, in their order. */
  readonly params: readonly unknown[]
  readonly why: string | null
}

/** What a model, as its files say it now, would change of the rows that stand. */
export interface ModelDifference {
  readonly model: string
  readonly dataset: string
  readonly store: string
  readonly refresh: string
  /** Why nothing is compared. */
  readonly why: string | null
  readonly batches: { readonly compared: number; readonly of: number }
  /** Batches that were chosen and are not compared, by the reason. */
  readonly left: readonly { readonly reason: string; readonly batches: number }[]
  readonly columns: readonly { readonly column: string; readonly from: string | null; readonly to: string | null }[]
  /** Columns by which a row is the same one. */
  readonly by: readonly string[]
  readonly rows: {
    readonly would: number
    readonly stands: number
    readonly added: number
    readonly removed: number
    readonly changed: number
    readonly same: number
  }
  readonly quarantined: { readonly would: number; readonly stands: number }
  readonly changed: readonly { readonly column: string; readonly rows: number }[]
  /** Names of the cells of the examples. */
  readonly cells: readonly string[]
  readonly examples: readonly {
    readonly kind: 'added' | 'removed' | 'changed'
    readonly times: number
    readonly stands: readonly (string | null)[] | null
    readonly would: readonly (string | null)[] | null
  }[]
}

/** Which part of the graph is meant, as `--select` and `--exclude` say it. */
export interface ModelsAsked {
  readonly project: string
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  /** Fingerprints of a saved graph by node, for `state:`. */
  readonly before?: Readonly<Record<string, string>>
}

export interface ModelsApi {
  /** As the files of the project say now. @throws `not_found`, `request.invalid` for what is not a selection */
  graph(of: ModelsAsked): Promise<ModelsGraph>
  /** Of the version that runs. @throws as `graph` does */
  plan(of: ModelsAsked & { readonly checks: boolean }): Promise<ModelsPlan>
  /** With the newest batches as those at hand. @throws as `graph` does */
  compile(of: ModelsAsked): Promise<readonly CompiledModel[]>
  /**
   * Evaluates the models of the selection and compares: nothing is written. @throws as `graph` does, and `definition.invalid` for a model
   * that no run would carry out
   */
  diff(
    of: ModelsAsked & {
      /** The newest ones; all unless given. */
      readonly batches?: number
      /** Of the rows; all unless given. */
      readonly percent?: number
      readonly examples: number
      readonly signal: AbortSignal
    },
  ): Promise<readonly ModelDifference[]>
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

/** A source as a step of a pipeline pulls it. */
export interface DeclaredSource {
  readonly project: string
  readonly source: string
  readonly kind: Source['kind']
  /** Each pull takes all of it. */
  readonly whole: boolean
  /** How long its dataset keeps rows, where it says so. */
  readonly keep: string | null
  readonly pipeline: string
  readonly step: string
  /** Full id. */
  readonly dataset: string
}

/** A source with what its dataset holds of it. Of files: how many, how many were moved, and of how many all rows went by retention. */
export interface PulledSource extends DeclaredSource {
  readonly files: number | null
  readonly moved: number | null
  readonly retained: number | null
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly pulledAt: Instant | null
}

/** What a pull of a source would read now. Nothing is written. */
export interface PlannedSource extends Pick<DeclaredSource, 'project' | 'source' | 'kind' | 'dataset'> {
  /** Of files: where they lie, how many there are of each sort, and those that the pull would do something with. */
  readonly folder: string | null
  readonly counts: (Readonly<Record<string, number>> & { readonly found: number }) | null
  readonly files: readonly {
    readonly file: string
    readonly is: string
    readonly bytes: number
    readonly modified: Instant
    readonly deed: string
  }[]
  /** Of a database or an API: what was asked for its beginning, from which value on, and whether more comes behind. */
  readonly asked: string | null
  readonly since: string | null
  readonly rows: number | null
  readonly more: boolean
  readonly drift: readonly string[]
  /** Why the pull would be refused. */
  readonly refused: string | null
  readonly told: readonly string[]
}

/** A file, or the beginning of a database or an API, as a pull would write it. Nothing is written. */
export interface PreviewedSource extends Pick<PlannedSource, 'project' | 'source' | 'kind' | 'dataset' | 'asked' | 'since' | 'more'> {
  /** Of files: the one that was read. */
  readonly file: string | null
  readonly detected: Readonly<Record<string, Json>>
  /** Column of the dataset -> that of the source which fills it, or `null`. */
  readonly columns: Readonly<Record<string, string | null>>
  readonly drift: readonly string[]
  readonly refused: { readonly code: string; readonly message: string; readonly next: string } | null
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly rows: readonly Readonly<Record<string, Json>>[]
  readonly quarantine: readonly {
    readonly line: number
    readonly column: string | null
    readonly rule: string
    readonly means: string
    readonly cells: string
  }[]
  readonly told: readonly string[]
}

export interface SourcesApi {
  /** In the order of their names. @throws `not_found` for a project that is not there */
  all(project?: string): Promise<readonly DeclaredSource[]>
  /** @throws `not_found` naming those that there are, `request.invalid` where several projects have one of that name */
  find(of: { readonly source: string; readonly project?: string }): Promise<DeclaredSource>
  /** What the datasets of sources say was pulled. */
  held(sources: readonly DeclaredSource[]): Promise<readonly PulledSource[]>
  /** @throws what reading the source throws */
  plan(source: DeclaredSource, options: { readonly files: readonly string[]; readonly signal: AbortSignal }): Promise<PlannedSource>
  /** @throws what reading the source throws */
  preview(
    source: DeclaredSource,
    options: { readonly file?: string; readonly limit: number; readonly signal: AbortSignal },
  ): Promise<PreviewedSource>
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

/** A backup in the place of the settings. */
export interface MadeBackup {
  readonly id: string
  readonly takenAt: Instant
  readonly encrypted: boolean
  readonly rows: number
  readonly bytes: number
}

export interface BackupsApi {
  /** @throws `not_found` for a project that is not there, `input.invalid` for what does not say which backups stay */
  check(asked: { readonly project?: string; readonly keep?: string }): void
  /** Of the whole platform, or of one warehouse, newest first. @throws as `check` */
  list(project?: string): Promise<readonly MadeBackup[]>
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
