import type { AnyDataset, ForeignKey } from '@sluice/author'
import type { Migration } from '@sluice/postgres'
import { createTableSql } from '../ddl/create-table.ts'
import { splitTableName } from '../ddl/names.ts'

/**
 * What to do about tables that are declared and not in the database: the file to write and its statements, which leave no drift.
 * Undefined when none is missing.
 */
export function whatToWrite(
  missing: readonly AnyDataset[],
  keys: readonly ForeignKey[],
  known: readonly Pick<Migration, 'id'>[],
): string | undefined {
  const [first] = missing
  if (first === undefined) return undefined
  const number = known.reduce((highest, { id }) => Math.max(highest, Number.parseInt(id, 10)), 0) + 1
  const file = `migrations/${String(number).padStart(4, '0')}_${fileWord(missing.length === 1 ? splitTableName(first.name).name : 'tables')}.up.sql`
  const statements = missing.flatMap((table) => createTableSql(table, keys)).map((statement) => `${statement};`)
  return `Write this into ${file} of the project, or correct the code:\n\n${statements.join('\n\n')}\n`
}

/** As the name of a migration may be spelled. */
const fileWord = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '_')
