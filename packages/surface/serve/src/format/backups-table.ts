import { table } from './table.ts'
import { bytes, count } from './words.ts'

/** A backup as a list of them shows it. */
export interface ListedBackup {
  readonly id: string
  /** As it is shown. */
  readonly takenAt: string
  readonly encrypted: boolean
  readonly rows: number
  readonly bytes: number
}

export const backupsTable = (backups: readonly ListedBackup[], none: string): string =>
  table(
    backups,
    [
      { title: 'BACKUP', of: ({ id }) => id },
      { title: 'OF', of: ({ takenAt }) => takenAt },
      { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
      { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
      { title: 'ENCRYPTED', of: ({ encrypted }) => (encrypted ? 'yes' : 'no') },
    ],
    none,
  )
