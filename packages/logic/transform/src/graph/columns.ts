import type { AnyDataset, Sql } from '@sluice/author'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { type LineageColumn, lineageOf, Unread } from '../examine/lineage.ts'
import { statementText } from '../examine/statement-text.ts'
import type { DeclaredProject } from './declared.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { GraphNode, ModelGraph } from './graph.ts'
import { byText } from './in-order.ts'

/** Of which columns those of a node are made. A column is `lake.silver.assets.usd`. */
export interface NodeColumns {
  /** False where its SQL is of a form that is not known: then nothing is claimed. */
  readonly followed: boolean
  /** Those that it fills. */
  readonly columns: readonly { readonly name: string; readonly from: readonly string[] }[]
  /** All columns that it names, also those that only select, order or group rows. */
  readonly uses: readonly string[]
}

/** What was found of a statement before, by its text and the columns of its sources. */
export interface LineageCache {
  get(key: string): NodeColumns | undefined
  set(key: string, value: NodeColumns): void
}

/** Parses SQL: DuckDB reads that of both stores. */
export type SqlParser = Pick<DuckConnection, 'rows'>

type Datasets = ReadonlyMap<string, Pick<AnyDataset, 'id' | 'name' | 'columns'>>

/** A statement to be followed. */
interface Statement {
  readonly node: GraphNode
  readonly text: string
  readonly sources: Datasets
  readonly key: string
}

/**
 * Column lineage of every model, load and check, by node. Statements are parsed, not bound or run; the parser is asked for only where the
 * cache does not know one, and then once for all of them.
 */
export async function columnsOfGraph(
  { nodes }: ModelGraph,
  declared: DeclaredProject,
  { parser, cache }: { readonly parser: () => Promise<SqlParser>; readonly cache: LineageCache },
): Promise<ReadonlyMap<string, NodeColumns>> {
  const datasets: Datasets = new Map(declared.datasets.map((dataset) => [dataset.id, dataset]))
  const statements = nodes.flatMap((node) => statementOf(node, declared, datasets))
  const anew = statements.filter(({ key }) => cache.get(key) === undefined)
  if (anew.length > 0) {
    const trees = await treesOf(await parser(), anew)
    for (const [at, statement] of anew.entries()) cache.set(statement.key, columnsOfSql(trees[at], statement))
  }
  const ofSql = new Map(statements.map(({ node, key }) => [node.id, cache.get(key)]))
  return new Map(
    nodes.flatMap((node) => {
      const columns = node.kind === 'load' ? columnsOfLoad(node, declared) : ofSql.get(node.id)
      return columns === undefined ? [] : [[node.id, columns] as const]
    }),
  )
}

function statementOf(node: GraphNode, declared: DeclaredProject, datasets: Datasets): readonly Statement[] {
  const sql = sqlOf(node, declared)
  if (sql === undefined) return []
  const sources: Datasets = new Map(node.reads.flatMap((id) => entryOf(datasets, id)))
  const text = statementText(sql, datasets)
  return [
    { node, text, sources, key: fingerprintOf([node.kind, text, [...sources].map(([id, { columns }]) => [id, Object.keys(columns)])]) },
  ]
}

async function treesOf(parser: SqlParser, statements: readonly Statement[]): Promise<readonly unknown[]> {
  const texts = statements.map(({ text }, at) => `(${at}, ${quoteLiteral(text)})`).join(', ')
  const rows = await parser.rows<{ tree: string }>(
    `SELECT json_serialize_sql(sql)::VARCHAR AS tree FROM (VALUES ${texts}) statements (nth, sql) ORDER BY nth`,
  )
  return rows.map(({ tree }) => JSON.parse(tree) as unknown)
}

const entryOf = (datasets: Datasets, id: string) => {
  const dataset = datasets.get(id)
  return dataset === undefined ? [] : [[id, dataset] as const]
}

/** The SQL of a model or check. */
export function sqlOf(node: Pick<GraphNode, 'kind' | 'name' | 'fills'>, declared: DeclaredProject): Sql | undefined {
  if (node.kind === 'check') return declared.checks.find(({ name }) => name === node.name)?.sql
  if (node.kind !== 'model') return undefined
  return declared.models.find(({ name, into }) => name === node.name && node.fills.includes(into))?.sql
}

function columnsOfLoad({ name, fills }: GraphNode, { loads }: DeclaredProject): NodeColumns | undefined {
  const load = loads.find((each) => each.name === name && fills.includes(each.into))
  if (load === undefined) return undefined
  const of = (column: string): string => `${load.from}.${column}`
  return {
    followed: true,
    columns: Object.entries(load.columns).map(([name, column]) => ({ name, from: [of(column)] })),
    uses: [...new Set(Object.values(load.columns).map(of))].sort(byText),
  }
}

function columnsOfSql(tree: unknown, { node: { kind }, sources }: Statement): NodeColumns {
  const byName = new Map([...sources.values()].map((dataset) => [dataset.name.toLowerCase(), columnsOfSource(dataset)]))
  const uses = new Set<string>()
  try {
    const columns = lineageOf(
      tree,
      (name) => byName.get(name),
      (made) => {
        for (const column of made) uses.add(column)
      },
    )
    const filled = kind === 'model' ? columns.map(({ name, of }) => ({ name, from: [...of].sort(byText) })) : []
    return { followed: true, columns: filled, uses: [...uses].sort(byText) }
  } catch (thrown) {
    if (!(thrown instanceof Unread)) throw thrown
    return { followed: false, columns: [], uses: [] }
  }
}

const columnsOfSource = ({ id, columns }: Pick<AnyDataset, 'id' | 'columns'>): readonly LineageColumn[] =>
  Object.keys(columns).map((column) => ({ name: column.toLowerCase(), of: new Set([`${id}.${column}`]) }))
