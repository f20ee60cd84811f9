import type { AnyDataset, ForeignKey } from '@sluice/author'
import { type Pool, postgresErrors } from '@sluice/postgres'
import type { FactBase } from '@supabase/pg-delta'
import { createTableSql, withoutReferences } from '../ddl/create-table.ts'
import { grantSql, grantsOf } from '../ddl/grants.ts'
import { quoteTable } from '../ddl/names.ts'
import { foreignKeySql } from '../ddl/references.ts'
import type { PgDelta } from './pg-delta.ts'
import { type DeclaredStatement, makeInAnyOrder } from './schema-files.ts'
import { stepsBetween } from './steps.ts'

export interface DeclareIn {
  readonly tables: readonly AnyDataset[]
  readonly keys: readonly ForeignKey[]
  /** Those that are not yet what they declare. They are made anew, and what stood on them goes. */
  readonly differing: readonly AnyDataset[]
  /** Of the files of `schema/`. */
  readonly statements: readonly DeclaredStatement[]
  readonly owner: string
}

/**
 * Makes a copy of what the migrations make declare what the code says.
 * @param made by the migrations
 * @param rest what of it no file of `schema/` has made: the other goes first, so that only what they make now is there
 */
export async function declareIn(
  library: PgDelta,
  pool: Pool,
  { made, rest }: { readonly made: FactBase; readonly rest: FactBase },
  of: DeclareIn,
): Promise<void> {
  if (rest !== made) for (const { sql } of stepsBetween(library, made, rest, of.owner)) await pool.query(sql)
  const tables = of.differing.map(withoutReferences)
  for (const table of tables) await pool.query(`drop table if exists ${quoteTable(table.name)} cascade`)
  const ofDatasets = tables.flatMap((table) =>
    [...createTableSql(table), ...grantsOf(table).map((text) => grantSql(quoteTable(table.name), text))].map(
      (text): DeclaredStatement => ({ file: `dataset ${table.name}`, line: 1, text }),
    ),
  )
  await makeInAnyOrder(pool, [...ofDatasets, ...of.statements])
  // A table that was made anew has taken those with it that refer to it.
  if (of.differing.length > 0)
    for (const table of of.tables) for (const statement of foreignKeySql(table, of.keys)) await unlessThere(pool, statement)
}

async function unlessThere(pool: Pool, statement: string): Promise<void> {
  try {
    await pool.query(statement)
  } catch (error) {
    if (!postgresErrors.failed.is(error) || error.facts.sqlstate !== '42710') throw error
  }
}
