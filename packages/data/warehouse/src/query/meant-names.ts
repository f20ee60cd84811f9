import { isSluiceError, near } from '@sluice/core'
import { type Pool, sqlTokens } from '@sluice/postgres'
import { warehouseErrors } from '../errors.ts'

/**
 * An error about a table or a column that is not there, with those that may be meant. They are asked for once it has happened, with the
 * rights of whoever asked: a name that its reader may not see is not told. Other errors stay as they are.
 */
export async function withMeant(pool: Pool, error: unknown, typed: string): Promise<unknown> {
  if (!isSluiceError(error) || !warehouseErrors.failed.is(error)) return error
  const { sqlstate, line, column } = error.facts
  const missing = sqlstate === unknownTable ? 'table' : sqlstate === unknownColumn ? 'column' : undefined
  if (missing === undefined || typeof line !== 'number' || typeof column !== 'number') return error
  const name = nameAt(typed, offsetOf(typed, line, column))
  if (name === undefined) return error
  // A server that has gone meanwhile leaves the error as it was.
  const meant = await (missing === 'table' ? tablesLike(pool, name) : columnsLike(pool, name, typed)).catch(() => [])
  if (meant.length === 0) return error
  const { code: _, ...facts } = error.facts as Record<string, unknown>
  return warehouseErrors.failed(error.message, { facts, cause: error.cause, next: `Did you mean ${meant.join(' or ')}?` })
}

const unknownTable = '42P01'
const unknownColumn = '42703'

interface Name {
  readonly schema: string | undefined
  readonly own: string
}

/** The name that begins at a place of a statement: the words of an error are those of the language of the server. */
function nameAt(typed: string, at: number): Name | undefined {
  const parts: string[] = []
  let dot = true
  for (const { kind, text, at: place } of sqlTokens(typed)) {
    if (place < at) continue
    if (dot && (kind === 'word' || kind === 'quoted')) parts.push(identifier(text))
    else if (dot || text !== '.') break
    dot = !dot
  }
  const own = parts.at(-1)
  return own === undefined ? undefined : { schema: parts.length > 1 ? parts.at(-2) : undefined, own }
}

const identifier = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase())

function offsetOf(text: string, line: number, column: number): number {
  const before = text.split('\n').slice(0, line - 1)
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1
}

const relationsSql = `
select n.nspname as schema, c.relname as name, pg_table_is_visible(c.oid) as plain
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
order by c.relname limit 5000`

interface Relation {
  readonly schema: string
  readonly name: string
  /** It is found without its schema. */
  readonly plain: boolean
}

/** A table of the right name in another schema is the best answer, then one of a like name. */
async function tablesLike(pool: Pool, { schema, own }: Name): Promise<readonly string[]> {
  const there = await pool.query<Relation>(relationsSql)
  const written = (each: Relation): string => (each.plain && schema === undefined ? each.name : `${each.schema}.${each.name}`)
  const names = [...new Set([own, ...near(own, [...new Set(there.map(({ name }) => name))])])]
  return names.flatMap((name) => there.filter((each) => each.name === name).map(written)).slice(0, 3)
}

const columnsSql = `
select distinct a.attname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where c.relname = any($1) and a.attnum > 0 and not a.attisdropped
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, a.attnum, 'select')
order by a.attname limit 5000`

/** Of the tables that the statement names. */
async function columnsLike(pool: Pool, { own }: Name, typed: string): Promise<readonly string[]> {
  const words = [...sqlTokens(typed)].flatMap(({ kind, text }) => (kind === 'word' || kind === 'quoted' ? [identifier(text)] : []))
  const there = await pool.query<{ readonly name: string }>(columnsSql, [[...new Set(words)]])
  return near(
    own,
    there.map(({ name }) => name),
  )
}
