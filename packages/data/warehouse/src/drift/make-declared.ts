import type { AnyDataset } from '@sluice/author'
import type { Pool } from '@sluice/postgres'
import { createTableSql, withoutReferences } from '../ddl/create-table.ts'
import { quoteTable } from '../ddl/names.ts'
import { wantedShapes } from './check-drift.ts'
import { describeTable } from './describe.ts'
import { driftOf } from './drift.ts'
import { readMigrated } from './migrated.ts'

/**
 * Makes the tables of a throwaway database those that the code declares, whatever its migrations made: one that differs is dropped with
 * what stands on it, and made anew without its foreign keys.
 */
export async function makeDeclared(pool: Pool, tables: readonly AnyDataset[]): Promise<void> {
  // Roles are of the server, which may be another one.
  const alone = tables.map((table) => ({ ...withoutReferences(table), facts: { ...table.facts, references: [], grants: {} } }))
  const [wanted, migrated] = [await wantedShapes(pool, alone), await readMigrated(pool)]
  for (const [at, table] of alone.entries()) {
    const live = await describeTable(pool, table.name)
    const same = driftOf(wanted.slice(at, at + 1), live === undefined ? [] : [{ ...live, references: [] }], migrated).length === 0
    if (same) continue
    for (const statement of [`drop table if exists ${quoteTable(table.name)} cascade`, ...createTableSql(table)])
      await pool.query(statement)
  }
}
