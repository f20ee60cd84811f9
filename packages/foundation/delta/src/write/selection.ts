import type { DuckDBConnection } from '@duckdb/node-api'
import { conjunctsOf, type Expression, type Node, nodesOf, parseExpression, sqlOf } from '../expression.ts'
import { partitionConstant } from '../files/partition.ts'
import type { AddFile } from '../protocol/actions.ts'
import { allRowsHave, canSkip, checkPredicates, type Predicate, predicateSql, type TableShape } from '../read/prune.ts'
import { physicalName } from '../schema/mapping.ts'
import { type DeltaType, type Field, toDuckType } from '../schema/schema.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import { checkColumns, checkCondition } from './known-columns.ts'

/** Rows of the table: an SQL condition over its columns (also as `target.column`), or simple predicates that must all hold. */
export type Where = string | readonly Predicate[]

/** The parts of a condition, for planning. A part that is not understood stays only in `sql`. Then more files are read, never fewer. */
export interface Selection {
  /** Selects a row when it is TRUE. */
  readonly sql: string
  /** Predicates that every selected row satisfies. */
  readonly predicates: readonly Predicate[]
  /** Conditions on partition columns only. Every selected row satisfies them. */
  readonly partition: readonly string[]
  /** Which part means the same as `sql`: the predicates, the conditions on partitions, or neither. */
  readonly whole: 'predicates' | 'partition' | 'neither'
}

export const everyRow: Selection = { sql: 'true', predicates: [], partition: [], whole: 'predicates' }

export async function selectionOf(connection: DuckDBConnection, where: Where | undefined, shape: TableShape): Promise<Selection> {
  if (where === undefined) return everyRow
  if (typeof where !== 'string') {
    checkPredicates(where, shape)
    return { sql: predicateSql(where, shape), predicates: where, partition: [], whole: 'predicates' }
  }
  const expression = await parseExpression(connection, where, 'condition')
  await checkColumns(connection, expression, shape)
  await checkCondition(connection, expression, shape)
  return { ...(await narrowing(connection, expression, shape, (names) => columnNamed(names, shape))), sql: expression.sql }
}

/** The column of the table that a reference names. `undefined` when it names something else, such as a field of a struct. */
export function columnNamed(names: readonly string[], { schema }: TableShape): Field | undefined {
  const [first = '', second] = names
  const qualified = names.length === 2 && first.toLowerCase() === 'target'
  const name = qualified ? second : names.length === 1 ? first : undefined
  return name === undefined ? undefined : schema.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
}

/** What a condition says about the files that can satisfy it. `column` gives the column of the table that a reference means. */
export async function narrowing(
  connection: DuckDBConnection,
  { tree, steady }: Expression,
  shape: TableShape,
  column: (names: readonly string[]) => Field | undefined,
): Promise<Omit<Selection, 'sql'>> {
  const conjuncts = conjunctsOf(tree)
  const found = await Promise.all(conjuncts.map((node) => predicatesOf(connection, node, column)))
  const onPartitions = steady ? conjuncts.filter((node) => isOnPartitions(node, shape, column)) : []
  return {
    predicates: found.flatMap((predicates) => predicates ?? []),
    partition: await Promise.all(onPartitions.map((node) => sqlOf(connection, node))),
    whole:
      onPartitions.length === conjuncts.length
        ? 'partition'
        : found.every((predicates) => predicates !== undefined)
          ? 'predicates'
          : 'neither',
  }
}

function isOnPartitions(node: Node, { partitionColumns }: TableShape, column: (names: readonly string[]) => Field | undefined): boolean {
  const references = [...nodesOf(node)]
    .filter((inner) => inner.class === 'COLUMN_REF')
    .map((inner) => column(inner.column_names as string[]))
  return references.length > 0 && references.every((field) => field !== undefined && partitionColumns.includes(field.name))
}

const comparisons: Readonly<
  Record<string, { readonly op: '=' | '<' | '<=' | '>' | '>='; readonly turned: '=' | '<' | '<=' | '>' | '>=' }>
> = {
  COMPARE_EQUAL: { op: '=', turned: '=' },
  COMPARE_LESSTHAN: { op: '<', turned: '>' },
  COMPARE_LESSTHANOREQUALTO: { op: '<=', turned: '>=' },
  COMPARE_GREATERTHAN: { op: '>', turned: '<' },
  COMPARE_GREATERTHANOREQUALTO: { op: '>=', turned: '<=' },
}

/** The predicates that mean the same as a condition. `undefined` when predicates cannot express it. */
async function predicatesOf(
  connection: DuckDBConnection,
  node: Node,
  column: (names: readonly string[]) => Field | undefined,
): Promise<readonly Predicate[] | undefined> {
  const fieldOf = (inner: unknown) => {
    const { class: kind, column_names: names } = inner as Node
    return kind === 'COLUMN_REF' ? column(names as string[]) : undefined
  }
  const comparison = comparisons[node.type]
  if (comparison !== undefined) {
    const [left, right] = [fieldOf(node.left), fieldOf(node.right)]
    const field = left ?? right
    if (field === undefined) return undefined
    const value = await constantOf(connection, (left === undefined ? node.left : node.right) as Node, field)
    return value === undefined ? undefined : [{ column: field.name, op: left === undefined ? comparison.turned : comparison.op, value }]
  }
  if (node.type === 'COMPARE_BETWEEN') {
    const field = fieldOf(node.input)
    if (field === undefined) return undefined
    const lower = await constantOf(connection, node.lower as Node, field)
    const upper = await constantOf(connection, node.upper as Node, field)
    if (lower === undefined || upper === undefined) return undefined
    return [
      { column: field.name, op: '>=', value: lower },
      { column: field.name, op: '<=', value: upper },
    ]
  }
  if (node.class !== 'OPERATOR') return undefined
  const [input, ...others] = node.children as Node[]
  const field = fieldOf(input)
  if (field === undefined) return undefined
  if (node.type === 'OPERATOR_IS_NULL') return [{ column: field.name, op: 'is null' }]
  if (node.type === 'OPERATOR_IS_NOT_NULL') return [{ column: field.name, op: 'is not null' }]
  if (node.type !== 'COMPARE_IN') return undefined
  const values = await Promise.all(others.map((other) => constantOf(connection, other, field)))
  return values.every((value) => value !== undefined) ? [{ column: field.name, op: 'in', values }] : undefined
}

/** A constant as a value of the column's type, if comparing with it means the same. Otherwise `undefined`. */
async function constantOf(connection: DuckDBConnection, node: Node, { type }: Field): Promise<string | undefined> {
  if (typeof type !== 'string' || type === 'binary') return undefined
  const parts = [...nodesOf(node)]
  if (
    !parts.every((part) => part.class === 'CONSTANT' || part.class === 'CAST' || (part.class === 'FUNCTION' && part.function_name === '-'))
  )
    return undefined
  // DuckDB turns the text into a number when it compares the two, and texts have another order than numbers.
  if (type === 'string' && (node.class !== 'CONSTANT' || (node.value as { type: { id: string } }).type.id !== 'VARCHAR')) return undefined
  const sql = await sqlOf(connection, node)
  const [row] = await queryRows(connection, `SELECT ${asValueOf(type, sql)} AS value`).catch(() => [])
  return typeof row?.value === 'string' ? row.value : undefined
}

/**
 * The text of a value in a column's type. NULL when the value changes in that type, because a rounded value would not bound the original.
 * An exact number that is compared with a floating point number is rounded first, so that many exact numbers equal it.
 */
export function asValueOf(type: DeltaType, sql: string): string {
  const cast = `TRY_CAST(${sql} AS ${toDuckType(type)})`
  const exact = type === 'double' || type === 'float' ? '' : ` AND typeof(${sql}) NOT IN ('DOUBLE', 'FLOAT')`
  return `CASE WHEN ${cast} = ${sql}${exact} THEN ${cast}::VARCHAR END`
}

/** Files divided by what their statistics and partition values prove. */
export interface Candidates {
  /** Files of which every row is selected. */
  readonly whole: readonly AddFile[]
  /** Files that may contain selected rows. They have to be read. */
  readonly maybe: readonly AddFile[]
  /** Partitions without selected rows, by `partitionKey`. */
  readonly excluded: ReadonlySet<string>
}

export async function candidatesOf(
  connection: DuckDBConnection,
  files: Iterable<AddFile>,
  selection: Selection,
  shape: TableShape,
): Promise<Candidates> {
  const possible = [...files].filter((file) => !canSkip(file, selection.predicates, shape))
  const told = await excludedPartitions(connection, possible, selection.partition, shape)
  const excluded = told ?? new Set()
  const kept = possible.filter((file) => !excluded.has(partitionKey(file)))
  const isWhole = (file: AddFile) =>
    (selection.whole === 'partition' && told !== undefined) ||
    (selection.whole === 'predicates' &&
      selection.predicates.every((predicate) => predicate.op === '=' && allRowsHave(file, predicate.column, predicate.value, shape)))
  return { whole: kept.filter(isWhole), maybe: kept.filter((file) => !isWhole(file)), excluded }
}

export function partitionKey({ partitionValues }: AddFile): string {
  return JSON.stringify(Object.entries(partitionValues).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Evaluates the conditions in DuckDB, once for each partition. `undefined` when a condition fails (a cast), because it might never be
 * evaluated for a row.
 */
async function excludedPartitions(
  connection: DuckDBConnection,
  files: readonly AddFile[],
  conditions: readonly string[],
  shape: TableShape,
): Promise<ReadonlySet<string> | undefined> {
  if (conditions.length === 0 || files.length === 0) return new Set()
  const partitions = new Map(files.map((file) => [partitionKey(file), file.partitionValues]))
  const fields = shape.schema.fields.filter((field) => shape.partitionColumns.includes(field.name))
  const tuples = [...partitions.values()].map(
    (values, index) =>
      `(${[index, ...fields.map((field) => partitionConstant(values[physicalName(field, shape.mapping)], field.type))].join(', ')})`,
  )
  const names = ['"$index"', ...fields.map((field) => quoteIdentifier(field.name))]
  try {
    const rows = await queryRows(
      connection,
      `SELECT "$index" AS i FROM (VALUES ${tuples.join(', ')}) AS target(${names.join(', ')}) WHERE (${conditions.join(' AND ')}) IS NOT TRUE`,
    )
    const keys = [...partitions.keys()]
    return new Set(rows.map((row) => keys[Number(row.i)] ?? ''))
  } catch {
    return undefined
  }
}
