import type { ColumnType } from '@sluice/author'
import type { DeltaTable, Predicate, Snapshot } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import { readField, storedIn } from './receipts.ts'

export interface PartitionColumn {
  readonly name: string
  readonly kind: ColumnType['kind']
}

/** The partitions that a write replaces, and what they were made of. */
export interface ByPartition {
  readonly partition: PartitionColumn
  /** As texts; `all`: the whole table. */
  readonly values: readonly string[] | 'all'
  /** Versions of the sources that were read, by the ids of their datasets. */
  readonly read: Readonly<Record<string, number>>
}

export const isAmong = ({ name, kind }: PartitionColumn, values: readonly string[]): Predicate => ({
  column: name,
  op: 'in',
  values: values.map((value) => {
    switch (kind) {
      case 'integer':
        return Number(value)
      case 'bigint':
        return BigInt(value)
      case 'boolean':
        return value === 'true'
      default:
        return value
    }
  }),
})

/** What changes no row, and what the table keeps no longer. */
const maintains = (operation: string | undefined, commitInfo: Readonly<Record<string, unknown>>): boolean =>
  /^(?:OPTIMIZE|VACUUM|SET TBLPROPERTIES|CREATE TABLE|CHANGE COLUMN|ADD COLUMNS)/.test(operation ?? '') || 'sluiceRetention' in commitInfo

/** What the partitions of a table were made of, by its newest write. Undefined where something else has changed rows since. */
export async function readBefore(table: DeltaTable): Promise<Readonly<Record<string, number>> | undefined> {
  for await (const entry of table.commits()) {
    const { commitInfo, operation } = entry
    const read = commitInfo[readField]
    if (typeof read === 'object' && read !== null) return read as Readonly<Record<string, number>>
    if (storedIn(entry).length > 0 || !maintains(operation, commitInfo)) return undefined
  }
  return undefined
}

/** More are made anew all at once. */
const mostTouched = 1_000

/**
 * The partitions of a table of which a row differs between two versions of it, as texts. Files that both versions have are not read; rows
 * that were only moved to another file cancel out, since each counts once for and once against. Without a column: `all`, if any row
 * differs.
 */
export async function touchedBetween(
  connection: DuckConnection,
  column: string | undefined,
  before: Snapshot | undefined,
  now: Snapshot,
): Promise<readonly string[] | 'all'> {
  if (before !== undefined && (before.version === now.version || before.id !== now.id)) return before.id === now.id ? [] : 'all'
  const names = now.schema.fields.map(({ name }) => name)
  if (before?.schema.fields.some(({ name }) => !names.includes(name)) || (column !== undefined && !names.includes(column))) return 'all'
  const keys = new Map((before?.files ?? []).map((file) => [keyOf(file), file.path]))
  const added = now.files.filter((file) => !keys.delete(keyOf(file))).map(({ path }) => path)
  const removed = [...keys.values()]
  const value = column === undefined ? 'NULL' : `CAST(${quoteIdentifier(column)} AS VARCHAR)`
  const known = new Set(before?.schema.fields.map(({ name }) => name))
  const cells = (has: (name: string) => boolean): string => names.map((name) => (has(name) ? quoteIdentifier(name) : 'NULL')).join(', ')
  const sides = [
    ...(added.length === 0
      ? []
      : [`SELECT ${value} AS p, 1 AS side, hash(${cells(() => true)}) AS h FROM (${await now.scanSql({ files: added })})`]),
    ...(before === undefined || removed.length === 0
      ? []
      : [
          `SELECT ${column !== undefined && known.has(column) ? value : 'NULL'} AS p, -1 AS side, hash(${cells((name) => known.has(name))}) AS h FROM (${await before.scanSql({ files: removed })})`,
        ]),
  ]
  if (sides.length === 0) return []
  const rows = await connection.rows<{ p: string | null }>(
    `SELECT p FROM (${sides.join(' UNION ALL ')}) GROUP BY p HAVING sum(side) <> 0 OR sum(side * h::HUGEINT) <> 0 LIMIT ${mostTouched + 1}`,
  )
  const values = rows.map(({ p }) => p)
  return values.length > mostTouched || values.includes(null) ? 'all' : values.filter((each) => each !== null)
}

const keyOf = ({ path, deletionVector }: Snapshot['files'][number]): string => JSON.stringify([path, deletionVector ?? null])
