import type { AnyDataset, ForeignKey } from '@sluice/author'
import { bugErrors } from '@sluice/core'
import { type Connection, type Migration, migrationErrors, type Pool, type Queryable } from '@sluice/postgres'
import { createShadowSql } from '../ddl/create-table.ts'
import { referencesOf } from '../ddl/references.ts'
import type { TableShape } from '../ddl/shape.ts'
import { describeTable } from './describe.ts'
import { driftOf } from './drift.ts'
import { readMigrated } from './migrated.ts'
import { whatToWrite } from './what-to-write.ts'

class Undone extends Error {
  readonly shapes: readonly TableShape[]
  constructor(shapes: readonly TableShape[]) {
    super('undone')
    this.shapes = shapes
  }
}

/**
 * The datasets as the server would describe them after creating them: they are created as temporary ones and taken back
 * (without foreign keys, which temporary tables cannot have to others).
 * The role needs TEMPORARY on the database. An expression that the server refuses is `postgres.failed`.
 */
export async function wantedShapes(
  pool: Pool,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
): Promise<readonly TableShape[]> {
  try {
    return await pool.transaction(async (tx) => {
      throw new Undone(await shadows(tx, tables, keys))
    })
  } catch (error) {
    if (error instanceof Undone) return error.shapes
    throw error
  }
}

/** The same inside of a transaction, which goes on. */
async function wantedIn(tx: Connection, tables: readonly AnyDataset[], keys: readonly ForeignKey[]): Promise<readonly TableShape[]> {
  await tx.query('savepoint sluice_shadows')
  const shapes = await shadows(tx, tables, keys)
  await tx.query('rollback to savepoint sluice_shadows')
  return shapes
}

async function shadows(tx: Connection, tables: readonly AnyDataset[], keys: readonly ForeignKey[]): Promise<TableShape[]> {
  const shapes: TableShape[] = []
  for (const [index, table] of tables.entries()) {
    const name = `sluice_shadow_${index}`
    for (const statement of createShadowSql(table, name)) await tx.query(statement)
    const shape = await describeTable(tx, `pg_temp.${name}`)
    if (shape === undefined)
      throw bugErrors.unreachable(`the shadow of ${table.name} is not there`, { next: 'Please report this with the dataset.' })
    shapes.push({ ...shape, name: table.name, references: referencesOf(table, keys) })
    await tx.query(`drop table pg_temp.${name}`)
  }
  return shapes
}

/** The differences between the database and the datasets of the code, a sentence each. */
export const checkDrift = async (pool: Pool, tables: readonly AnyDataset[], keys: readonly ForeignKey[] = []): Promise<string[]> =>
  (await compare(pool, tables, keys)).differences

/** Which of the datasets have a table. */
export async function presentTables(db: Queryable, tables: readonly AnyDataset[]): Promise<readonly AnyDataset[]> {
  const found = await db.query<{ name: string }>('select name from unnest($1::text[]) name where to_regclass(name) is not null', [
    tables.map(({ name }) => name),
  ])
  return tables.filter(({ name }) => found.some((each) => each.name === name))
}

/**
 * For tables that a transaction has made. @throws `migration.drift`, so that it is taken back: a file that made half of a table could
 * not be corrected any more
 */
export async function refuseIncomplete(tx: Connection, tables: readonly AnyDataset[], keys: readonly ForeignKey[] = []): Promise<void> {
  if (tables.length === 0) return
  const live: TableShape[] = []
  for (const { name } of tables) {
    const shape = await describeTable(tx, name)
    if (shape !== undefined) live.push(shape)
  }
  const differences = driftOf(await wantedIn(tx, tables, keys), live, await readMigrated(tx))
  if (differences.length === 0) return
  throw migrationErrors.drift(`the migrations make tables that differ from the datasets of the code:\n- ${differences.join('\n- ')}`, {
    facts: { differences },
    next: 'Nothing of the last file was applied: correct it, or the code, and run it again.',
  })
}

async function compare(
  pool: Pool,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[],
): Promise<{ readonly differences: string[]; readonly missing: readonly AnyDataset[] }> {
  const wanted = await wantedShapes(pool, tables, keys)
  const live = await Promise.all(tables.map(({ name }) => describeTable(pool, name)))
  return {
    differences: driftOf(
      wanted,
      live.filter((shape) => shape !== undefined),
      await readMigrated(pool),
    ),
    missing: tables.filter((_, at) => live[at] === undefined),
  }
}

/**
 * @throws `migration.drift` that lists the differences and, for tables that are not there, the migration to write after the `known` ones.
 */
export async function refuseDrift(
  pool: Pool,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
  known: readonly Pick<Migration, 'id'>[] = [],
): Promise<void> {
  const { differences, missing } = await compare(pool, tables, keys)
  if (differences.length === 0) return
  const [database] = await pool.query<{ name: string }>('select current_database()::text as name')
  throw migrationErrors.drift(`the database ${database?.name} differs from the datasets of the code:\n- ${differences.join('\n- ')}`, {
    facts: { database: database?.name, differences },
    next:
      whatToWrite(missing, keys, known) ??
      'Write a migration that brings the database to the code, or correct the code. What was made by hand is undone with "if exists": a new database does not have it.',
  })
}
