import { createHash } from 'node:crypto'
import type { AnyDataset, Index } from '@sluice/author'
import { quoteIdentifier } from '@sluice/postgres'

/** The column that says which row of `sluice_loads` wrote a row. */
export const loadColumn = '_load_id'

export interface TableName {
  readonly schema: string
  readonly name: string
}

/** `schema.name` in its two parts. */
export function splitTableName(name: string): TableName {
  const dot = name.indexOf('.')
  return dot < 0 ? { schema: 'public', name } : { schema: name.slice(0, dot), name: name.slice(dot + 1) }
}

export function quoteTable(name: string): string {
  const parts = splitTableName(name)
  return quoteIdentifier(parts.schema, parts.name)
}

export const quoteColumns = (names: readonly string[]): string => names.map((name) => quoteIdentifier(name)).join(', ')

export const primaryKeyName = (table: AnyDataset): string => fit([splitTableName(table.name).name, 'pkey'])

/**
 * `<table>_<columns>_idx`, or `_key` when unique: the same definition always has the same name. One that is more than a B-tree over columns
 * has a hash of what it is in it, by which it is known for a dataset's (`isNamedIndex`).
 */
export const indexName = (table: Pick<AnyDataset, 'name'>, index: Pick<Index, 'columns'> & Partial<Index>): string =>
  fit([
    splitTableName(table.name).name,
    ...index.columns,
    ...(index.special === undefined ? [] : [hashOf(JSON.stringify(index.special))]),
    index.unique === true ? 'key' : 'idx',
  ])

/** Whether the name is one that a dataset gives an index with options. */
export const isNamedIndex = (name: string): boolean => /_[0-9a-f]{8}_(?:idx|key)"?$/.test(name)

/** `<table>_<column>_check`, as PostgreSQL itself names the check of a column. */
export const checkName = (table: AnyDataset, column: string): string => fit([splitTableName(table.name).name, column, 'check'])

/** `shop.sales_20261201`, and from the second on `shop.sales_20261201_2`: the first may be a table that was detached or renamed by hand. */
export const partitionName = (table: Pick<AnyDataset, 'name'>, day: string, number = 1): string =>
  fit([table.name, day.replaceAll('-', ''), ...(number === 1 ? [] : [String(number)])])

export const foreignKeyName = (table: AnyDataset, columns: readonly string[]): string =>
  fit([splitTableName(table.name).name, ...columns, 'fkey'])

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** Names of more than 63 bytes keep their beginning, a hash of the whole and their ending. */
function fit(parts: readonly string[]): string {
  const name = parts.join('_')
  if (Buffer.byteLength(name) <= 63) return name
  const ending = `_${hashOf(name)}_${parts.at(-1) ?? ''}`
  let beginning = name
  while (Buffer.byteLength(beginning) > 63 - Buffer.byteLength(ending)) beginning = beginning.slice(0, -1)
  return beginning + ending
}

/** The table of a dataset by its id: `warehouse.public.prices` is `public.prices`. */
export const tableNameOf = (id: string): string => id.slice(id.indexOf('.') + 1)
