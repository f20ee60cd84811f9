import type { AnyManifest, BackupFile } from '@sluice/backup'

/** One database of a platform in its backup. */
export interface SavedDatabase {
  /** `null`: the metadata. */
  readonly project: string | null
  readonly database: string
  /** Folder of its own manifest, relative to that of the platform. */
  readonly folder: string
  readonly rows: number
  readonly tables: number
  readonly bytes: number
  /** Of its manifest, so that no other one takes its place. */
  readonly manifestSha256: string
}

/** The files of a tree: the lake, logs, versions, or what else the state keeps. */
export interface SavedTree {
  readonly tree: Tree
  readonly files: number
  readonly bytes: number
}

export const trees = ['lake', 'logs', 'versions', 'state'] as const
export type Tree = (typeof trees)[number]

/** What one backup of a whole platform holds. Written last: the folder is a backup once it is there. */
export interface PlatformManifest extends AnyManifest {
  readonly backup: 1
  readonly kind: 'platform'
  /** ISO-8601. */
  readonly takenAt: string
  readonly sluice: string
  readonly encrypted: boolean
  readonly profile: 'demo' | null
  readonly projects: readonly string[]
  readonly databases: readonly SavedDatabase[]
  readonly trees: readonly SavedTree[]
  /** The list of all files, a line of JSON each; it tells names, and so is encrypted where the backup is. */
  readonly files: BackupFile
  /** Whether the key of the state and the passwords of the warehouses' roles are in it. */
  readonly secrets: boolean
  /** A sentence each. */
  readonly leftOut: readonly string[]
  /** Bytes that this backup wrote, and those of files that earlier ones had written. */
  readonly written: number
  readonly shared: number
}
