import type { Sql } from '@sluice/author'
import { positionAt } from '@sluice/core'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'

/** SQL over the lake as DuckDB has parsed it. */
export interface Parsed {
  /** References are names of tables, values NULL. */
  readonly text: string
  readonly tree: unknown
}

export async function parsedSql(connection: DuckConnection, { parts }: Sql): Promise<Parsed> {
  const text = parts.map((part, at) => (part.kind === 'text' ? part.text : part.kind === 'dataset' ? ownTable(at) : 'NULL')).join('')
  const json = await connection.value<string>(`SELECT json_serialize_sql(${quoteLiteral(text)})::VARCHAR`)
  return { text, tree: JSON.parse(json ?? '{}') }
}

/** Stands for a dataset, of which the receipt names the rows. */
const ownTable = (at: number): string => `_sluice_dataset_${at}`
export const isOwnTable = (names: readonly string[]): boolean => names.length === 1 && /^_sluice_dataset_\d+$/.test(names[0] ?? '')

export type Node = Readonly<Record<string, unknown>>

/** All objects of a tree, from the top. */
export function* nodesIn(tree: unknown): Generator<Node> {
  if (Array.isArray(tree)) for (const each of tree) yield* nodesIn(each)
  else if (typeof tree === 'object' && tree !== null) {
    yield tree as Node
    for (const child of Object.values(tree)) yield* nodesIn(child)
  }
}

/** Where a node stands: DuckDB's offset is one of bytes. */
export const placeOf = ({ query_location: at }: Node): number | undefined => (typeof at === 'number' && at < 2 ** 31 ? at : undefined)

export function placed(text: string, place: number | undefined): { readonly at: string; readonly line?: number; readonly column?: number } {
  if (place === undefined) return { at: '' }
  const { line, column } = positionAt(text, Buffer.from(text).subarray(0, place).toString('utf8').length)
  return { at: ` at line ${line}, column ${column} of its SQL`, line, column }
}
