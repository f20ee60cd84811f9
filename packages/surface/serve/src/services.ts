import type { Json } from '@sluice/core'
import type { Engine } from '@sluice/engine'

/** What the routes need besides the engine, as ports: the composition of an app gives the real ones, so serve opens nothing itself. */
export interface Services {
  readonly engine: Engine
  readonly lake: LakeApi
  readonly warehouse: WarehouseApi
  readonly settings: SettingsApi
  readonly info: PlatformInfo
}

export interface PlatformInfo {
  readonly version: string
  /** Absolute; logs are found below it. */
  readonly stateDir: string
  readonly profile: 'demo' | 'live'
  /** Answers within moments whether the metadata database takes statements. */
  ready(): Promise<boolean>
}

export interface LakeTable {
  /** Full dataset id. */
  readonly dataset: string
  readonly project: string
  readonly layer: string
  readonly name: string
  readonly format: 'snapshots' | 'delta'
  /** Delta version; `null` for snapshots. */
  readonly version: number | null
  readonly files: number
  readonly rows: number | null
  readonly bytes: number
  /** Epoch milliseconds of the latest write; `null` when there was none. */
  readonly updatedAt: number | null
}

export interface LakeChange {
  readonly version: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly operation: string
  readonly batch: string | null
  readonly rows: number | null
  readonly files: number
  readonly bytes: number | null
}

export const readFormats = ['json', 'csv', 'parquet'] as const
export type ReadFormat = (typeof readFormats)[number]

export interface LakeRead {
  /** Full or unambiguous short dataset id; or `path`, any Delta table on this machine. */
  readonly dataset?: string
  readonly path?: string
  readonly project?: string
  readonly version?: number
  readonly limit?: number
  readonly format: ReadFormat
}

export interface LakeApi {
  tables(filter?: { readonly project?: string }): Promise<readonly LakeTable[]>
  /** Newest first. @throws `lake.dataset_unknown` */
  history(target: { readonly dataset: string; readonly project?: string }): Promise<readonly LakeChange[]>
  /** The rows as a file of the format: JSON is one array of objects. Streams; memory stays bounded. @throws `lake.dataset_unknown` */
  read(target: LakeRead, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

export interface SqlResult {
  readonly columns: readonly string[]
  /** Integers up to 2^53 are numbers, larger ones and decimals strings. */
  readonly rows: readonly Readonly<Record<string, Json>>[]
}

export interface MigrateRequest {
  readonly direction: 'up' | 'down'
  /** The migration that shall be the last applied; down without it takes back one. */
  readonly to?: string
  readonly dryRun?: boolean
}

export interface MigrateAnswer {
  readonly project: string
  readonly dryRun: boolean
  /** In the order they ran, or would run. */
  readonly steps: readonly { readonly direction: 'up' | 'down'; readonly id: string }[]
}

export interface WarehouseApi {
  /** Read-only unless `write`. @throws `postgres.failed` with the server's words for a faulty statement */
  sql(project: string, text: string, options: { readonly write: boolean }): Promise<SqlResult>
  migrate(project: string, request: MigrateRequest): Promise<MigrateAnswer>
}

export interface Setting {
  readonly key: string
  /** `null` for a secret, whose value never leaves. */
  readonly value: Json
  readonly secret: boolean
  readonly source: string
  /** File and line, or the name of the variable. */
  readonly place: string | null
}

export interface SettingsApi {
  list(): Promise<readonly Setting[]>
  /** @throws `not_found` with the nearest keys. */
  explain(key: string): Promise<Setting & { readonly shadowed: readonly { readonly source: string; readonly place: string | null }[] }>
}
