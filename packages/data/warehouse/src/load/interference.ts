import type { Queryable } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { catalogueOf } from '../drift/catalogue.ts'
import { warehouseErrors } from '../errors.ts'

/** What can make an insert write other rows than it was given. */
const interferes = /^CREATE (CONSTRAINT )?TRIGGER|^CREATE RULE|ROW LEVEL SECURITY$/

/**
 * For a load whose rows do not add up: names what stands on the table and takes or changes rows.
 * @throws `warehouse.failed` where there is such a thing
 */
export async function refuseInterference(db: Queryable, table: string): Promise<void> {
  const [found] = await db.query<{ oid: string }>('select $1::regclass::oid::text as oid', [quoteTable(table)])
  const objects = (await catalogueOf(db, found === undefined ? [] : [found.oid]))
    .map(({ object }) => object)
    .filter((object) => interferes.test(object))
  if (objects.length === 0) return
  throw warehouseErrors.failed(`${table} takes other rows than a load gives it: ${objects.join('; ')}`, {
    facts: { table, objects },
    next: 'Remove it from the table, or let it pass every row on. Nothing was written.',
  })
}
