import type { BackupFile } from '@sluice/backup'
import type { SequenceValue } from '@sluice/postgres/dump'

/** The rows of one table as a backup has them. */
export interface SavedTable {
  /** As statements name it. */
  readonly name: string
  /** Those that were saved, quoted; not those that are generated. */
  readonly columns: readonly string[]
  readonly rows: number
  /** Of the rows whatever their order, see `rowsChecksum`. */
  readonly checksum: string
  readonly file: BackupFile
}

/**
 * What one logical backup of a database holds. Written last: the folder is a backup once it is there. It has no rows in it, and is readable
 * without the key, which only proves it.
 */
export interface DatabaseManifest {
  readonly backup: 1
  readonly kind: 'database'
  /** ISO-8601: the instant whose state it is. */
  readonly takenAt: string
  /** Of the platform that made it. */
  readonly sluice: string
  readonly database: string
  readonly server: { readonly version: number; readonly encoding: string; readonly locale: string }
  /** Where the write-ahead log stood; `null` where the role may not ask. */
  readonly walPosition: string | null
  readonly encrypted: boolean
  /** Parts one statement from the next in the SQL files. */
  readonly marker: string
  readonly roles: readonly string[]
  readonly sql: Readonly<Record<SqlFile, BackupFile>>
  readonly tables: readonly SavedTable[]
  readonly sequences: readonly SequenceValue[]
  /** Ids by the list they are kept in (`public.sluice_migrations`). */
  readonly migrations: Readonly<Record<string, readonly string[]>>
  /** What the database has and this backup does not, a sentence each. */
  readonly leftOut: readonly string[]
  /** Of all files, as they lie there. */
  readonly bytes: number
}

/** Its name is that of the file without `.sql`. In the order in which psql reads them, the rows between `before` and `after`. */
export type SqlFile = 'roles' | 'before' | 'after' | 'grants'

export const filesOf = ({ sql, tables }: DatabaseManifest): readonly BackupFile[] => [
  ...Object.values(sql),
  ...tables.map(({ file }) => file),
]
