import { type AnyDataset, type Column, entityOf, type ForeignKey } from '@sluice/author'
import { postgresType, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { indexBody } from './index-text.ts'
import { checkName, indexName, loadColumn, primaryKeyName, quoteColumns, quoteTable, splitTableName } from './names.ts'
import { foreignKeySql } from './references.ts'
import type { IndexShape } from './shape.ts'

/**
 * The statements that create a dataset of the warehouse: the table with `_load_id bigint not null`, its primary key and the checks of
 * listed values, its indexes under deterministic names, its comments. `_load_id` gets a BRIN index: a raised generation finds the rows of
 * its batch by it, and loads write it in order, so it costs next to nothing. Its foreign keys come last, with those of `keys` that begin
 * here: the tables they refer to come first.
 */
export function createTableSql(table: AnyDataset, keys: readonly ForeignKey[] = []): string[] {
  const target = quoteTable(table.name)
  const { schema } = splitTableName(table.name)
  return [
    ...(schema === 'public' ? [] : [`create schema if not exists ${quoteIdentifier(schema)}`]),
    `create table ${target} (\n  ${tableBody(table).join(',\n  ')}\n)${inPartitions(table)}`,
    ...indexStatements(table, target),
    loadIndexStatement(table, target),
    ...commentStatements(table, target),
    ...foreignKeySql(table, keys),
  ]
}

export const withoutReferences = (table: AnyDataset): AnyDataset => ({ ...table, facts: { ...table.facts, references: [] } })

/** Where rows come by other ways than by loads, which make the partitions that they need. */
export const withoutPartitions = (table: AnyDataset): AnyDataset => {
  const { ranges: _, ...facts } = table.facts
  return { ...table, facts }
}

const inPartitions = ({ facts: { ranges } }: AnyDataset): string =>
  ranges === undefined ? '' : ` partition by range (${quoteIdentifier(ranges.column)})`

export const dropTableSql = (table: AnyDataset): string[] => [`drop table ${quoteTable(table.name)}`]

/** The same table as a temporary one, so that the server itself says how it spells defaults and generated columns. */
export function createShadowSql(table: AnyDataset, name: string): string[] {
  const target = quoteIdentifier('pg_temp', name)
  return [
    `create temporary table ${quoteIdentifier(name)} (\n  ${tableBody(table).join(',\n  ')}\n)${inPartitions(table)}`,
    ...indexStatements(table, target),
    loadIndexStatement(table, target),
    ...commentStatements(table, target),
  ]
}

function tableBody(table: AnyDataset): string[] {
  const columns = Object.entries(table.columns).map(([name, column]) => columnSql(name, column, table.key.includes(name)))
  const key =
    table.key.length === 0 ? [] : [`constraint ${quoteIdentifier(primaryKeyName(table))} primary key (${quoteColumns(table.key)})`]
  return [...columns, `${quoteIdentifier(loadColumn)} bigint not null`, ...key, ...listedValues(table), ...versionBounds(table)]
}

/** A version ends behind its beginning, where one other begins at most; one at most has no end. Checked when a load has written all. */
function versionBounds(table: AnyDataset): string[] {
  const { versions } = table.facts
  if (versions === undefined) return []
  const { from, to } = versions
  const bounds = [...entityOf(table), to]
  const order = `constraint ${quoteIdentifier(checkName(table, to))} check (${quoteIdentifier(from)} < ${quoteIdentifier(to)})`
  // What is unique in a table in partitions has their column in it.
  if (table.facts.ranges !== undefined) return [order]
  return [
    order,
    `constraint ${quoteIdentifier(indexName(table, { columns: bounds, unique: true }))} unique nulls not distinct (${quoteColumns(bounds)}) deferrable`,
  ]
}

const listedValues = (table: AnyDataset): string[] =>
  Object.entries(table.columns).flatMap(([name, { oneOf }]) =>
    oneOf === undefined
      ? []
      : [
          `constraint ${quoteIdentifier(checkName(table, name))} check (${quoteIdentifier(name)} in (${oneOf.map(quoteLiteral).join(', ')}))`,
        ],
  )

export function columnSql(name: string, column: Column, inKey: boolean): string {
  const filled = column.identity
    ? ' generated always as identity'
    : column.generated !== undefined
      ? ` generated always as (${column.generated}) stored`
      : column.default !== undefined
        ? ` default ${column.default}`
        : ''
  return `${quoteIdentifier(name)} ${postgresType(column.type)}${filled}${column.notNull || inKey ? ' not null' : ''}`
}

export const indexStatements = (table: Pick<AnyDataset, 'name' | 'facts'>, target: string): string[] =>
  table.facts.indexes.map((index) => {
    const body = index.special === undefined ? {} : { body: indexBody(index) }
    return indexStatement({ name: indexName(table, index), columns: index.columns, unique: index.unique, ...body }, target)
  })

/** A load finds the rows of a batch by it. */
const loadIndexStatement = (table: AnyDataset, target: string): string =>
  indexStatement({ name: indexName(table, { columns: [loadColumn] }), columns: [loadColumn], unique: false }, target)

export function indexStatement({ name, columns, unique, body }: Omit<IndexShape, 'isConstraint'>, target: string): string {
  const way =
    body !== undefined
      ? ` using ${body}`
      : columns.length === 1 && columns[0] === loadColumn
        ? ` using brin (${quoteColumns(columns)}) with (autosummarize = on)`
        : ` (${quoteColumns(columns)})`
  return `create ${unique ? 'unique ' : ''}index ${quoteIdentifier(name)} on ${target}${way}`
}

function commentStatements(table: AnyDataset, target: string): string[] {
  const { description: comment } = table.facts
  const ofColumns = Object.entries(table.columns).flatMap(([name, { comment }]) =>
    comment === undefined ? [] : [`comment on column ${target}.${quoteIdentifier(name)} is ${quoteLiteral(comment)}`],
  )
  return [...(comment === undefined ? [] : [`comment on table ${target} is ${quoteLiteral(comment)}`]), ...ofColumns]
}
