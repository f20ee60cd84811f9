import { bytes, count, table } from '@sluice/serve/terminal'

export interface ListedBackup {
  readonly id: string
  readonly takenAt: string
  readonly encrypted: boolean
  readonly rows: number
  readonly bytes: number
}

export const listText = (backups: readonly ListedBackup[], place: string): string =>
  table(
    backups,
    [
      { title: 'BACKUP', of: ({ id }) => id },
      { title: 'OF', of: ({ takenAt }) => takenAt },
      { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
      { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
      { title: 'ENCRYPTED', of: ({ encrypted }) => (encrypted ? 'yes' : 'no') },
    ],
    `${place} holds no backups.`,
  )
