import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError } from './errors.ts'
import { parseKept } from './json.ts'
import { queryRows, quoteLiteral } from './sql.ts'

/** A node of the tree that DuckDB's `json_serialize_sql` gives. Numbers keep their source text. */
export interface Node {
  readonly class: string
  readonly type: string
  readonly [key: string]: unknown
}

/** A caller's SQL text that was checked to be one expression over the columns of one row. */
export interface Expression {
  /** In parentheses, so that it can stand anywhere in a query. */
  readonly sql: string
  readonly tree: Node
  /** Every column that the expression names, as written: `['id']`, `['target', 'id']`, `['address', 'city']`. */
  readonly references: readonly (readonly string[])[]
  /** Gives the same value each time it is evaluated. `now()` does not. */
  readonly steady: boolean
}

/**
 * Reads an SQL expression without binding it. Throws `expression.invalid` when its value depends on more than one row: a subquery, an
 * aggregate, a window, a parameter. Throws it for a random condition too, because a change evaluates its condition more than once.
 */
export async function parseExpression(connection: DuckDBConnection, text: string, use: 'condition' | 'value'): Promise<Expression> {
  const statement = `SELECT (${text}\n)`
  const [row] = await queryRows(
    connection,
    `SELECT json_serialize_sql(${quoteLiteral(statement)})::VARCHAR AS tree, json_serialize_sql('SELECT (1)')::VARCHAR AS shell`,
  )
  const parsed = parseTree(String(row?.tree))
  if (parsed.error) throw refused(text, `is not SQL: ${String(parsed.error_message)}`)
  const tree = onlyItem(parsed, parseTree(String(row?.shell)))
  if (tree === undefined) throw refused(text, 'is more than one expression')
  const nodes = [...nodesOf(tree)]
  for (const node of nodes)
    if (!ofOneRow.has(node.class)) throw refused(text, `contains a ${node.class.toLowerCase()}, which cannot be evaluated on one row`)
  const functions = nodes.filter((node) => node.class === 'FUNCTION' && node.is_operator !== true).map((node) => String(node.function_name))
  const traits = await traitsOf(connection, functions)
  for (const { name, aggregate, volatile } of traits) {
    if (aggregate) throw refused(text, `uses ${name}, which cannot be evaluated on one row`)
    if (volatile && use === 'condition') throw refused(text, `uses ${name}, which gives another value each time`)
  }
  const references = nodes.filter((node) => node.class === 'COLUMN_REF').map((node) => (node.column_names as string[]).map(String))
  return { sql: `(${statement.slice('SELECT '.length)})`, tree, references, steady: traits.every(({ steady }) => steady) }
}

const ofOneRow = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'LAMBDA',
  'LAMBDA_REF',
  'OPERATOR',
  'TYPE',
])

/** The conditions that must all hold for the expression to hold. */
export function conjunctsOf(tree: Node): readonly Node[] {
  if (tree.class !== 'CONJUNCTION' || tree.type !== 'CONJUNCTION_AND') return [tree]
  return (tree.children as Node[]).flatMap(conjunctsOf)
}

/** The node and every node below it. */
export function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if ('class' in value && typeof value.class === 'string') yield value as Node
  for (const inner of Object.values(value)) yield* nodesOf(inner)
}

/** The SQL text of one node of a tree. */
export async function sqlOf(connection: DuckDBConnection, node: Node): Promise<string> {
  const shell = await queryRows(connection, "SELECT json_serialize_sql('SELECT (1)')::VARCHAR AS shell")
  const statement = parseTree(String(shell[0]?.shell))
  const [first] = statement.statements
  const whole = { ...statement, statements: [{ ...first, node: { ...first?.node, select_list: [node] } }] }
  const [row] = await queryRows(connection, `SELECT json_deserialize_sql(${quoteLiteral(JSON.stringify(whole))}) AS sql`)
  return `(${String(row?.sql)
    .replace(/^SELECT /, '')
    .replace(/;$/, '')})`
}

interface Parsed {
  readonly error: boolean
  readonly error_message?: string
  readonly statements: readonly { readonly node: { readonly select_list: readonly Node[] } }[]
}

/** Without the positions of nodes in the text, which differ between equal expressions. */
const parseTree = (text: string): Parsed => parseKept(text, 'query_location') as Parsed

/** The expression, when the statement is only a SELECT of it. */
function onlyItem(parsed: Parsed, shell: Parsed): Node | undefined {
  const items = parsed.statements[0]?.node.select_list
  if (parsed.statements.length !== 1 || items?.length !== 1) return undefined
  const bare = ({ statements }: Parsed) => JSON.stringify(statements.map(({ node }) => ({ ...node, select_list: [] })))
  return bare(parsed) === bare(shell) ? items[0] : undefined
}

interface Traits {
  readonly name: string
  readonly aggregate: boolean
  readonly volatile: boolean
  readonly steady: boolean
}

async function traitsOf(connection: DuckDBConnection, names: readonly string[]): Promise<readonly Traits[]> {
  if (names.length === 0) return []
  const rows = await queryRows(
    connection,
    `SELECT lower(function_name) AS name, bool_and(function_type = 'aggregate' OR function_name = 'unnest') AS aggregate,
      bool_or(stability = 'VOLATILE') AS volatile, bool_and(function_type = 'scalar' AND stability = 'CONSISTENT') AS steady
    FROM duckdb_functions() WHERE lower(function_name) IN (${names.map((name) => quoteLiteral(name.toLowerCase())).join(', ')}) GROUP BY 1`,
  )
  return rows.map((row) => ({
    name: String(row.name),
    aggregate: row.aggregate === true,
    volatile: row.volatile === true,
    steady: row.steady === true,
  }))
}

function refused(text: string, why: string): DeltaError {
  return new DeltaError(
    'expression.invalid',
    `The expression ${text} ${why}.`,
    'Write one SQL expression over the columns of one row. A merge can take other values from its source.',
    { expression: text },
  )
}
