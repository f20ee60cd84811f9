import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { definitionErrors, type SluiceError } from '@sluice/core'

/** One step of a schema's history. `id` is `0001_name`; ids are applied in their order as text. */
export interface Migration {
  readonly id: string
  readonly up: string
  /** Missing: this migration cannot be taken back. */
  readonly down?: string
}

/** A first line that says the file's statements run outside a transaction, one by one (CREATE INDEX CONCURRENTLY ...). */
export const runsWithoutTransaction = (sql: string): boolean => /^\s*(--[^\n]*\n\s*)*--\s*no-transaction\b/.test(sql)

/** Of a file's text, whatever the checkout made of its line ends. */
export const sha256Of = (text: string): string => createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')

/** What is stored and compared. */
export const checksum = (migration: Migration): string => sha256Of(migration.up)

const fileName = /^(\d{4,}_[a-z0-9_-]+)\.(up|down)\.sql$/

/** Reads `0001_name.up.sql` and `0001_name.down.sql`; any other `.sql` file is a mistake and named. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const found = new Map<string, { up?: string; down?: string }>()
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith('.sql')) continue
    const [, id, side] = fileName.exec(name) ?? []
    if (id === undefined || (side !== 'up' && side !== 'down'))
      throw invalid(`${join(folder, name)} is not named 0001_name.up.sql or 0001_name.down.sql`, { folder, file: name })
    found.set(id, { ...found.get(id), [side]: await readFile(join(folder, name), 'utf8') })
  }
  return [...found].map(([id, { up, down }]) => {
    if (up === undefined) throw invalid(`${join(folder, id)}.down.sql has no ${id}.up.sql beside it`, { folder, file: `${id}.down.sql` })
    return { id, up, ...(down === undefined ? {} : { down }) }
  })
}

/** In order, and no number or id twice. */
export function orderMigrations(migrations: readonly Migration[]): Migration[] {
  const ordered = [...migrations].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  ordered.forEach((migration, index) => {
    const before = ordered[index - 1]
    if (before !== undefined && numberOf(before) === numberOf(migration))
      throw invalid(`two migrations have the number ${numberOf(migration)}: ${before.id} and ${migration.id}`, {
        file: `${migration.id}.up.sql`,
      })
  })
  return ordered
}

const numberOf = (migration: Migration): string => migration.id.split('_')[0] ?? migration.id

function invalid(message: string, facts: Readonly<Record<string, string>>): SluiceError {
  return definitionErrors.invalid(message, { facts, next: 'Rename the file.' })
}
