import type { Connection } from '../connection.ts'
import { quoteIdentifier } from '../identifiers.ts'
import type { SqlStatement } from './split.ts'

/** The index that a statement builds while others write, and its table. */
export interface BuiltIndex {
  /** As PostgreSQL keeps it. */
  readonly name: string
  /** As the statement writes it. */
  readonly table: string
}

const identifier = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`
const building = new RegExp(
  String.raw`\bconcurrently\s+(?:if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?(${identifier}(?:\s*\.\s*${identifier})?)`,
  'iu',
)

/** `undefined` of any other statement, and of an index without a name, of which each attempt makes another one. */
export function builtIndex({ text, words }: SqlStatement): BuiltIndex | undefined {
  const [create, ...more] = words.map(({ word }) => word)
  if (create !== 'create' || !['index', 'unique'].includes(more[0] ?? '')) return undefined
  const [, name = '', table = ''] = building.exec(text) ?? []
  return name === '' ? undefined : { name: stored(name), table }
}

const stored = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase())

/**
 * What a build that was ended has left: an index of this name that nobody reads and every write keeps. The next attempt would find the name
 * taken (PostgreSQL: Building Indexes Concurrently).
 */
export async function dropUnfinished(session: Connection, { name, table }: BuiltIndex): Promise<void> {
  const [left] = await session.query<{ schema: string }>(
    `select n.nspname as schema from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where i.indrelid = to_regclass($1) and c.relname = $2 and not i.indisvalid`,
    [table, name],
  )
  if (left !== undefined) await session.query(`drop index concurrently if exists ${quoteIdentifier(left.schema, name)}`)
}
