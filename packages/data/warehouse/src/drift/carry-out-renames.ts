import type { AnyDataset } from '@sluice/author'
import { near, requestErrors } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { fileText } from './change.ts'
import { fileWord, type Lacking } from './migration-to-write.ts'
import { type NewName, renamed } from './renames.ts'

/**
 * Gives what is there its new names, one after the other, in a scratch database or in a transaction that is taken back.
 * @throws `request.invalid` for a name that is not there, or that no dataset has
 */
export async function carryOutRenames(db: Queryable, renames: readonly NewName[], tables: readonly AnyDataset[]): Promise<void> {
  for (const each of renames) {
    await refuseUnknown(db, each, tables)
    for (const { up } of renamed(each)) await db.query(up)
  }
}

async function refuseUnknown(db: Queryable, { from, to }: NewName, tables: readonly AnyDataset[]): Promise<void> {
  const found = await db.query<{ table: string; column: string }>(
    `select n.nspname || '.' || c.relname as table, a.attname as column from pg_class c
     join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice') and c.relname !~ '^sluice_'`,
  )
  const [schema = '', name = '', column] = from.split('.')
  const there = [...new Set(found.map(({ table }) => table))]
  const table = `${schema}.${name}`
  if (!there.includes(table)) throw unknownName(`the database has no table ${table}`, table, there)
  if (column === undefined) {
    const declared = tables.map((each) => each.name)
    if (declared.includes(to)) return
    throw unknownName(`no dataset of the project is called ${to}`, to, declared)
  }
  const columns = found.filter((each) => each.table === table).map((each) => each.column)
  if (!columns.includes(column)) throw unknownName(`the table ${table} has no column ${column}`, column, columns)
  const dataset = tables.find((each) => each.name === table)
  const [, , newColumn = ''] = to.split('.')
  if (dataset === undefined || Object.hasOwn(dataset.columns, newColumn)) return
  throw unknownName(`the dataset ${table} declares no column ${newColumn}`, newColumn, Object.keys(dataset.columns))
}

const unknownName = (what: string, name: string, known: readonly string[]) => {
  const [meant] = near(name, known)
  return requestErrors.invalid(`${what}, so nothing is renamed`, {
    facts: { name, known },
    next: meant !== undefined ? `Did you mean ${meant}?` : known.length === 0 ? 'Leave --rename out.' : `There are ${known.join(', ')}.`,
  })
}

/** What is lacking behind renames, with the renames before it. */
export function lackingBehind(renames: readonly NewName[], lacking: Lacking): Lacking {
  const [first] = renames
  if (first === undefined) return lacking
  const changes = renames.flatMap(renamed)
  const { word, up, down } = lacking.migration ?? { word: fileWord(first.from.split('.')[1] ?? ''), up: '', down: '' }
  const before = fileText(changes.map((each) => each.up))
  const behind = fileText(changes.map((each) => each.down).reverse())
  return { ...lacking, migration: { word, up: joined(before, up), down: joined(down, behind) } }
}

const joined = (...texts: readonly string[]): string => texts.filter((text) => text !== '').join('\n')
