import type { Connection, Queryable } from '@sluice/postgres'
import { isGrant } from '../ddl/grants.ts'
import { type CatalogueObject, catalogueOf } from './catalogue.ts'

/** What migrations have made that no dataset can declare, by table. */
export type Migrated = ReadonlyMap<string, readonly string[]>

type Made = Pick<CatalogueObject, 'table' | 'object'>

/**
 * Runs a migration and keeps what came and went by it in `sluice_catalogue`, in its transaction. What was there before and came by no
 * migration is not taken in: it stays drift.
 */
export async function keepingWhatItMakes(session: Connection, migrate: () => Promise<void>): Promise<void> {
  const before = await catalogueOf(session)
  await migrate()
  const { came, went } = changes(before.filter(isUndeclarable), (await catalogueOf(session)).filter(isUndeclarable))
  for (const each of went)
    await session.query('delete from public.sluice_catalogue where table_name = $1 and object = $2', [each.table, each.object])
  if (came.length > 0)
    await session.query('insert into public.sluice_catalogue (table_name, object) select * from unnest($1::text[], $2::text[])', [
      came.map(({ table }) => table),
      came.map(({ object }) => object),
    ])
}

/** What is granted is said by the dataset. */
const isUndeclarable = ({ object }: CatalogueObject): boolean => !isGrant(object)

/** The same text under another id is another object: dropped and made anew. */
export function changes(
  before: readonly CatalogueObject[],
  after: readonly CatalogueObject[],
): { readonly came: readonly Made[]; readonly went: readonly Made[] } {
  const keyOf = ({ table, id, object }: CatalogueObject): string => JSON.stringify([table, id, object])
  const [was, is] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))]
  return { came: after.filter((each) => !was.has(keyOf(each))), went: before.filter((each) => !is.has(keyOf(each))) }
}

/** Empty in a database whose platform tables are not there. */
export async function readMigrated(db: Queryable): Promise<Migrated> {
  const [table] = await db.query<{ found: boolean }>("select to_regclass('public.sluice_catalogue') is not null as found")
  if (table?.found !== true) return new Map()
  const made = await db.query<Made>('select table_name as "table", object from public.sluice_catalogue')
  return new Map([...Map.groupBy(made, ({ table }) => table)].map(([name, objects]) => [name, objects.map(({ object }) => object)]))
}
