import { Writable } from 'node:stream'
import { backupErrors } from '@sluice/backup'
import { type Connection, copyOut } from '@sluice/postgres'
import { rowsChecksum } from '@sluice/postgres/dump'
import type { SavedTable } from './manifest.ts'
import { type Named, tableAndColumns } from './table-and-columns.ts'

/** What a table holds, as a backup tells it. */
export async function rowsOf(session: Connection, table: Named): Promise<{ readonly rows: number; readonly checksum: string }> {
  const sum = rowsChecksum()
  const rows = await copyOut(
    session,
    `copy ${tableAndColumns(table)} to stdout`,
    new Writable({
      highWaterMark: 4 << 20,
      write: (chunk: Buffer, _, next) => {
        sum.add(chunk)
        next()
      },
    }),
  )
  return { rows, checksum: sum.digest() }
}

/** @throws `backup.differs` where a table does not hold what was saved of it */
export async function requireSame(session: Connection, table: SavedTable): Promise<void> {
  const found = await rowsOf(session, table)
  if (found.rows === table.rows && found.checksum === table.checksum) return
  const what = found.rows === table.rows ? 'other values than the backup' : `${found.rows} rows in place of ${table.rows}`
  throw backupErrors.differs(`${table.name} has ${what}`, {
    facts: { tables: [table.name] },
    next: 'Restore again; where it stays so, another version of PostgreSQL writes these values otherwise: restore into the version of the backup.',
  })
}
