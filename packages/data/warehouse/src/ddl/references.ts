import type { Table } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'
import { foreignKeyName, quoteColumns, quoteTable } from './names.ts'
import type { ReferenceShape } from './shape.ts'

/** A table's foreign keys with the names resolved. @throws `definition.invalid` for columns that the other table has not. */
export function referencesOf(table: Table): ReferenceShape[] {
  return (table.references ?? []).map((reference) => {
    const other = reference.table === 'self' ? table : reference.table()
    const to = reference.to ?? other.key
    const unknown = to.find((name) => !Object.hasOwn(other.columns, name))
    if (unknown === undefined && to.length === reference.columns.length && to.length > 0)
      return { columns: reference.columns, table: other.name, to }
    throw definitionErrors.invalid(
      `table ${table.name}: (${reference.columns.join(', ')}) cannot refer to ${other.name} (${to.join(', ')})`,
      { facts: { table: table.name, other: other.name }, next: 'Name as many columns of the other table, all of them declared there.' },
    )
  })
}

/**
 * The foreign keys of a table, to be created when all tables are there. They can be deferred: a load that replaces the rows of a table others refer to
 * deletes and inserts them before the keys are checked.
 */
export const foreignKeySql = (table: Table): string[] =>
  referencesOf(table).map(
    ({ columns, table: other, to }) =>
      `alter table ${quoteTable(table.name)} add constraint ${quoteIdentifier(foreignKeyName(table, columns))} foreign key (${quoteColumns(columns)}) references ${quoteTable(other)} (${quoteColumns(to)}) deferrable`,
  )
