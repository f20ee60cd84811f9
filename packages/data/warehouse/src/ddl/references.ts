import type { AnyDataset, ForeignKey } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'
import { foreignKeyName, quoteColumns, quoteTable, tableNameOf } from './names.ts'
import type { ReferenceShape } from './shape.ts'

/**
 * The foreign keys of a table: its own references, and those that were declared beside the datasets. @throws `definition.invalid` for keys
 * of uneven sides
 */
export function referencesOf(table: AnyDataset, keys: readonly ForeignKey[]): ReferenceShape[] {
  return [...table.facts.references, ...keys.filter(({ from }) => from === table.id)].map(({ columns, to, on }) => {
    if (on.length === columns.length && on.length > 0)
      return { name: foreignKeyName(table, columns), columns, table: tableNameOf(to), to: on, traits: '' }
    throw definitionErrors.invalid(`table ${table.name}: (${columns.join(', ')}) cannot refer to ${to} (${on.join(', ')})`, {
      facts: { table: table.name, other: to },
      next: 'Name as many columns of the other table, all of them declared there.',
    })
  })
}

/**
 * The foreign keys of a table, to be created when all tables are there. They can be deferred: a load that replaces the rows of a table
 * others refer to deletes and inserts them before the keys are checked.
 */
export const foreignKeySql = (table: AnyDataset, keys: readonly ForeignKey[]): string[] =>
  referencesOf(table, keys).map((reference) => referenceSql(table.name, reference))

export const referenceSql = (table: string, { name, columns, table: other, to }: ReferenceShape): string =>
  `alter table ${quoteTable(table)} add constraint ${quoteIdentifier(name)} foreign key (${quoteColumns(columns)}) references ${quoteTable(other)} (${quoteColumns(to)}) deferrable`
