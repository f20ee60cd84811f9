import { allowedFunctions, allowedTableFunctions, refusedFunctions } from './functions.ts'

/** One table that a statement names. */
export interface TableReference {
  readonly kind: 'table'
  /** Catalog, schema and table, as far as they were written. */
  readonly names: readonly string[]
  readonly aliased: boolean
  readonly at: TimeTravel | undefined
  /** Byte offset of the name in the text. */
  readonly place: number
}

/** `AT (VERSION => 3)`, `AT (TIMESTAMP => '2026-11-20')`. */
export interface TimeTravel {
  readonly unit: string
  /** The constant; `undefined` for any other expression. */
  readonly value: string | number | undefined
}

/** A column written with the schema of its table: `silver.assets.price`. */
export interface ColumnReference {
  readonly kind: 'column'
  readonly names: readonly string[]
  readonly place: number
}

/** A function that is on no list. DuckDB has none of this name, or it is of a release that nobody has looked at. */
export interface UnknownFunction {
  readonly kind: 'unknown function'
  readonly name: string
  readonly place: number | undefined
}

/** Something that a query of the lake must not do. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly what: string
  readonly next: string
  readonly place: number | undefined
}

export type Finding = TableReference | ColumnReference | UnknownFunction | Refusal

type Node = Readonly<Record<string, unknown>>

/**
 * What a statement, as `json_serialize_sql` gives it, names outside of itself and what it must not do. Names of its own (WITH) are no
 * references.
 */
export function findingsIn(statement: unknown): readonly Finding[] {
  const found: Finding[] = []
  walk(statement, new Set(), found)
  return found
}

function walk(value: unknown, scope: ReadonlySet<string>, found: Finding[]): void {
  if (Array.isArray(value)) {
    for (const each of value) walk(each, scope, found)
    return
  }
  if (!isNode(value)) return
  inspect(value, scope, found)
  if (value.type === 'CTE_NODE' || value.type === 'RECURSIVE_CTE_NODE') {
    const inner = new Set([...scope, nameOf(value.cte_name)])
    for (const [key, child] of Object.entries(value)) walk(child, key === 'query' && value.type === 'CTE_NODE' ? scope : inner, found)
    return
  }
  const inner = withQueries(value.cte_map, scope, found)
  for (const [key, child] of Object.entries(value)) if (key !== 'cte_map') walk(child, inner, found)
}

/** Each query of a WITH sees those before it, a recursive one itself; the rest of the statement sees all. */
function withQueries(map: unknown, scope: ReadonlySet<string>, found: Finding[]): ReadonlySet<string> {
  const entries = isNode(map) && Array.isArray(map.map) ? map.map : []
  let seen = scope
  for (const entry of entries) {
    if (!isNode(entry)) continue
    walk(entry.value, seen, found)
    seen = new Set([...seen, nameOf(entry.key)])
  }
  return seen
}

function inspect(node: Node, scope: ReadonlySet<string>, found: Finding[]): void {
  const place = typeof node.query_location === 'number' && node.query_location < 2 ** 31 ? node.query_location : undefined
  switch (node.type) {
    case 'BASE_TABLE': {
      const names = [node.catalog_name, node.schema_name, node.table_name].map(String).filter((name) => name !== '' && name !== 'undefined')
      if (names.length === 1 && scope.has(nameOf(names[0]))) return
      if (place === undefined) found.push(refused(`the table ${names.join('.')} at a place that DuckDB does not tell`, place))
      else found.push({ kind: 'table', names, aliased: (node.alias ?? '') !== '', at: timeTravel(node.at_clause), place })
      return
    }
    case 'TABLE_FUNCTION': {
      const call = isNode(node.function) ? String(node.function.function_name) : ''
      if (!allowedTableFunctions.has(call.toLowerCase()))
        found.push(refused(`the table function ${call}`, place, 'Name a table or a file of the lake in its place.'))
      return
    }
    case 'SHOW_REF':
      if (!isNode(node.query)) found.push(refused('SHOW', place, 'List the tables with: sluice lake tables.'))
      return
    case 'COLUMN_REF': {
      const names = Array.isArray(node.column_names) ? node.column_names.map(String) : []
      if (names.length > 2 && place !== undefined) found.push({ kind: 'column', names, place })
      return
    }
    default:
      if (typeof node.function_name === 'string' && !isWindow(node)) inspectCall(node.function_name, place, found)
  }
}

function inspectCall(name: string, place: number | undefined, found: Finding[]): void {
  const known = name.toLowerCase()
  if (refusedFunctions.has(known)) found.push(refused(`the function ${name}`, place))
  else if (!allowedFunctions.has(known) && !allowedTableFunctions.has(known)) found.push({ kind: 'unknown function', name, place })
}

/** `row_number()`, `lag(...)`: the grammar has these, any other function over a window is an aggregate. */
const isWindow = ({ class: of, type }: Node): boolean => of === 'WINDOW' && type !== 'WINDOW_AGGREGATE'

const refused = (
  what: string,
  place: number | undefined,
  next = 'A query of the lake reads tables and files of the lake, and nothing else.',
): Refusal => ({
  kind: 'refusal',
  what,
  next,
  place,
})

function timeTravel(clause: unknown): TimeTravel | undefined {
  if (!isNode(clause)) return undefined
  const constant = constantOf(clause.expr)
  return { unit: String(clause.unit), value: typeof constant === 'string' || typeof constant === 'number' ? constant : undefined }
}

/** `'...'`, `3`, and with a type before or behind it (`TIMESTAMP '...'`, `'...'::TIMESTAMPTZ`). */
function constantOf(expression: unknown): unknown {
  if (!isNode(expression)) return undefined
  if (expression.class === 'CAST') return constantOf(expression.child)
  return expression.class === 'CONSTANT' && isNode(expression.value) ? expression.value.value : undefined
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)
/** Names are equal whatever their case. */
const nameOf = (name: unknown): string => String(name).toLowerCase()
