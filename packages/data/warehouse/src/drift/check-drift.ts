import type { AnyDataset, ForeignKey } from '@sluice/author'
import { bugErrors } from '@sluice/core'
import { type Connection, type Migration, migrationErrors, type Pool, type Queryable } from '@sluice/postgres'
import { createShadowSql } from '../ddl/create-table.ts'
import { grantsOf, isGrant } from '../ddl/grants.ts'
import { splitTableName } from '../ddl/names.ts'
import { referencesOf } from '../ddl/references.ts'
import type { TableShape } from '../ddl/shape.ts'
import type { Compared } from './compared.ts'
import { describeTables } from './describe.ts'
import { type Migrated, readMigrated } from './migrated.ts'
import { type Lacking, type LackingOptions, lackingOf } from './migration-to-write.ts'

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
  const shapes = new Map<AnyDataset, TableShape>()
  for (const group of withoutNamesakes(tables)) {
    const names = group.map((_, index) => `sluice_shadow_${index}`)
    const statements = group.flatMap((table, index) => createShadowSql(table, names[index] ?? ''))
    // One round trip: a statement each cost 200 tables a second and more.
    if (statements.length > 0) await tx.query(statements.join(';\n'))
    const found = await describeTables(
      tx,
      names.map((name) => `pg_temp.${name}`),
    )
    for (const [index, table] of group.entries()) {
      const shape = found.get(`pg_temp.${names[index]}`)
      if (shape === undefined)
        throw bugErrors.unreachable(`the shadow of ${table.name} is not there`, { next: 'Please report this with the dataset.' })
      const objects = [...shape.objects.filter((text) => !isGrant(text)), ...grantsOf(table)]
      shapes.set(table, { ...shape, name: table.name, references: referencesOf(table, keys), objects })
    }
    if (names.length > 0) await tx.query(`drop table ${names.map((name) => `pg_temp.${name}`).join(', ')}`)
  }
  return tables.flatMap((table) => shapes.get(table) ?? [])
}

/** All shadows are in one schema, and indexes are named for their tables: of two schemas, those of one name come one after the other. */
function withoutNamesakes(tables: readonly AnyDataset[]): readonly (readonly AnyDataset[])[] {
  const groups: AnyDataset[][] = []
  for (const namesakes of Map.groupBy(tables, ({ name }) => splitTableName(name).name).values())
    for (const [turn, table] of namesakes.entries()) {
      const group = groups[turn]
      if (group === undefined) groups.push([table])
      else group.push(table)
    }
  return groups
}

/**
 * The datasets beside what the database has, and what migrations have made there.
 * @param shown how the server describes the tables, where that is known
 */
export async function compareAll(
  pool: Pool,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
  shown?: readonly TableShape[],
): Promise<{ readonly compared: readonly Compared[]; readonly migrated: Migrated }> {
  const wanted = shown ?? (await wantedShapes(pool, tables, keys))
  return { compared: await compare(pool, tables, wanted), migrated: await readMigrated(pool) }
}

/** What a database lacks to be what the datasets say. */
export async function lackingIn(
  pool: Pool,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
  { shown, ...options }: Pick<LackingOptions, 'allowLoss'> & { readonly shown?: readonly TableShape[] } = {},
): Promise<Lacking> {
  const { compared, migrated } = await compareAll(pool, tables, keys, shown)
  return lackingOf(compared, migrated, { ...options, others: await othersBeside(pool, compared) })
}

/** The same where it is known how the server describes the tables. */
export const lackingBeside = async (pool: Pool, tables: readonly AnyDataset[], wanted: readonly TableShape[]): Promise<Lacking> =>
  lackingOf(await compare(pool, tables, wanted), await readMigrated(pool))

/** The same inside of a transaction, which sees what it has changed. */
export async function lackingWithin(
  tx: Connection,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
  options: Pick<LackingOptions, 'allowLoss'> = {},
): Promise<Lacking> {
  const compared = await compare(tx, tables, await wantedIn(tx, tables, keys))
  return lackingOf(compared, await readMigrated(tx), { ...options, others: await othersBeside(tx, compared) })
}

/** Where a table is missing, it may be one of these under a new name. */
const othersBeside = async (db: Queryable, compared: readonly Compared[]): Promise<readonly TableShape[]> =>
  compared.some(({ live }) => live === undefined)
    ? await otherTables(
        db,
        compared.map(({ table }) => table.name),
      )
    : []

/** Tables that no dataset declares. */
export async function otherTables(db: Queryable, declared: readonly string[]): Promise<readonly TableShape[]> {
  const found = await db.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice')
       and c.relname !~ '^sluice_'`,
  )
  const names = found.map(({ name }) => name).filter((name) => !declared.includes(name))
  return [...(await describeTables(db, names)).values()]
}

async function compare(db: Queryable, tables: readonly AnyDataset[], wanted: readonly TableShape[]): Promise<Compared[]> {
  const found = await describeTables(
    db,
    tables.map(({ name }) => name),
  )
  return tables.flatMap((table, at) => {
    const shape = wanted[at]
    return shape === undefined ? [] : [{ table, wanted: shape, live: found.get(table.name) }]
  })
}

/** The differences between the database and the datasets of the code, a sentence each. */
export const checkDrift = async (pool: Pool, tables: readonly AnyDataset[], keys: readonly ForeignKey[] = []): Promise<readonly string[]> =>
  (await lackingIn(pool, tables, keys)).differences

/** @throws `migration.drift` that lists the differences and has the migration to write after the `known` ones */
export async function refuseDrift(
  pool: Pool,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
  known: readonly Pick<Migration, 'id'>[] = [],
): Promise<void> {
  const { differences, migration } = await lackingIn(pool, tables, keys)
  if (migration === null) return
  const [database] = await pool.query<{ name: string }>('select current_database()::text as name')
  throw migrationErrors.drift(`the database ${database?.name} differs from the datasets of the code:\n- ${differences.join('\n- ')}`, {
    facts: { database: database?.name, differences },
    next: `Write this into migrations/${nextId(migration.word, known)}.up.sql of the project (sluice warehouse diff --write ${migration.word}), or correct the code:\n\n${migration.up}`,
  })
}

/**
 * In the transaction of the last file. @throws `migration.drift` with what the file lacks, so that all of it is taken back: what was
 * committed could not be corrected any more
 */
export async function refuseDriftWithin(
  tx: Connection,
  file: string,
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[] = [],
): Promise<void> {
  const { differences, migration } = await lackingWithin(tx, tables, keys)
  if (migration === null) return
  throw migrationErrors.drift(`behind ${file} the database differs from the datasets of the code:\n- ${differences.join('\n- ')}`, {
    facts: { file, differences },
    next: `Nothing of ${file} was applied. Correct it, or the code, and run it again. Behind its own statements, or in a file after it (sluice warehouse diff --write NAME), this is missing:\n\n${migration.up}`,
  })
}

/** The id of the migration that comes after the known ones. */
export function nextId(name: string, known: readonly Pick<Migration, 'id'>[]): string {
  const number = known.reduce((highest, { id }) => Math.max(highest, Number.parseInt(id, 10)), 0) + 1
  return `${String(number).padStart(4, '0')}_${name}`
}
