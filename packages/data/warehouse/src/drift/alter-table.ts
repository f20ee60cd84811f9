import type { AnyDataset } from '@sluice/author'
import { quoteIdentifier } from '@sluice/postgres'
import { columnSql, indexStatement } from '../ddl/create-table.ts'
import { loadColumn, primaryKeyName, quoteColumns, quoteTable, splitTableName } from '../ddl/names.ts'
import { referenceSql } from '../ddl/references.ts'
import type { ColumnShape, IndexShape, ReferenceShape, TableShape } from '../ddl/shape.ts'
import { addColumn, addedWithComment, alterColumn, columnText, commentOn } from './alter-column.ts'
import { alterObjects } from './alter-objects.ts'
import { type Change, turned } from './change.ts'
import { indexText, referenceText } from './drift.ts'
import { type Rename, withRename } from './rename.ts'

export interface AlteredTable {
  readonly changes: readonly Change[]
  /** Come when the tables of all datasets are there. */
  readonly references: readonly Change[]
}

/**
 * What brings a table that is there to its dataset. What stands on columns goes before they change and comes after it.
 * @param of what migrations have made of the table, which belongs there; and the column that is one under a new name
 */
export function alterTable(
  table: AnyDataset,
  wanted: TableShape,
  there: TableShape,
  { made, rename }: { readonly made: readonly string[]; readonly rename: Rename | undefined },
): AlteredTable {
  const target = quoteTable(table.name)
  const live = rename === undefined ? there : withRename(there, rename)
  const objects = alterObjects(target, wanted, there, made)
  const key = wanted.key.join() === live.key.join() ? undefined : { from: live, to: wanted }
  return {
    changes: [
      ...without(live.references, wanted.references, referenceText).map((each) => turned(addReference(table.name, each))),
      ...objects.gone,
      ...without(live.indexes, wanted.indexes, indexText).map((index) => turned(addIndex(table, index))),
      ...(key === undefined || live.key.length === 0 ? [] : [turned(addKey(target, live.keyName ?? primaryKeyName(table), live.key))]),
      ...(rename === undefined ? [] : [renamed(target, rename)]),
      ...alterColumns(table, wanted, live),
      ...(key === undefined || wanted.key.length === 0 ? [] : [addKey(target, primaryKeyName(table), wanted.key)]),
      ...without(wanted.indexes, live.indexes, indexText).map((index) => addIndex(table, index)),
      ...objects.come,
      ...(wanted.owner === live.owner ? [] : [{ up: ownedBy(target, wanted.owner), down: ownedBy(target, live.owner) }]),
      ...commentOn(`table ${target}`, wanted.comment, live.comment),
    ],
    references: without(wanted.references, live.references, referenceText).map((each) => addReference(table.name, each)),
  }
}

const without = <T>(all: readonly T[], others: readonly T[], textOf: (each: T) => string): T[] =>
  all.filter((each) => !others.some((other) => textOf(other) === textOf(each)))

function alterColumns(table: AnyDataset, wanted: TableShape, live: TableShape): Change[] {
  const target = quoteTable(table.name)
  const dropped = live.columns.filter((column) => !wanted.columns.some(({ name }) => name === column.name))
  const added = (column: ColumnShape): Change[] => {
    const declared = table.columns[column.name]
    if (declared === undefined) return [addLoadColumn(target)]
    return addedWithComment(target, column, columnSql(column.name, declared, table.key.includes(column.name)))
  }
  return [
    ...dropped.map((column) => turned(addColumn(target, column, columnText(column)))),
    ...wanted.columns.flatMap((column) => {
      const there = live.columns.find(({ name }) => name === column.name)
      return there === undefined ? added(column) : alterColumn(target, column, there)
    }),
  ]
}

/** No load has the number 0: rows that are there came by none. */
const addLoadColumn = (target: string): Change => ({
  up: [
    `alter table ${target} add column ${quoteIdentifier(loadColumn)} bigint not null default 0`,
    `alter table ${target} alter column ${quoteIdentifier(loadColumn)} drop default`,
  ].join(';\n'),
  down: `alter table ${target} drop column if exists ${quoteIdentifier(loadColumn)}`,
})

export const takenForRename = '-- Taken for one column under a new name. If it is another one: drop the old column and add the new one.'

const renamed = (target: string, { from, to }: Rename): Change => ({
  up: [takenForRename, `alter table ${target} rename column ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`].join('\n'),
  down: `alter table ${target} rename column ${quoteIdentifier(to)} to ${quoteIdentifier(from)}`,
})

const addKey = (target: string, name: string, columns: readonly string[]): Change => ({
  up: `alter table ${target} add constraint ${quoteIdentifier(name)} primary key (${quoteColumns(columns)})`,
  down: `alter table ${target} drop constraint if exists ${quoteIdentifier(name)}`,
})

function addIndex(table: AnyDataset, index: IndexShape): Change {
  const target = quoteTable(table.name)
  return index.isConstraint
    ? {
        up: `alter table ${target} add constraint ${quoteIdentifier(index.name)} unique (${quoteColumns(index.columns)})`,
        down: `alter table ${target} drop constraint if exists ${quoteIdentifier(index.name)}`,
      }
    : {
        up: indexStatement(index, target),
        down: `drop index if exists ${quoteIdentifier(splitTableName(table.name).schema, index.name)}`,
      }
}

export const addReference = (table: string, reference: ReferenceShape): Change => ({
  up: referenceSql(table, reference),
  down: `alter table ${quoteTable(table)} drop constraint if exists ${quoteIdentifier(reference.name)}`,
})

const ownedBy = (target: string, role: string): string => `alter table ${target} owner to ${quoteIdentifier(role)}`
