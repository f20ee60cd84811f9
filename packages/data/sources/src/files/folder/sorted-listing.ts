import { randomUUID } from 'node:crypto'
import { given } from '@sluice/core'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import type { FolderEntry } from './folder.ts'

/** Entries that one parameter carries. */
const atOnce = 5_000

const form = '[{"path":"VARCHAR","bytes":"BIGINT","modified":"BIGINT","touched":"BIGINT","mark":"VARCHAR"}]'

/**
 * A listing in a temporary table of the connection, which spills to disk where memory is short; as a SELECT of its entries, for joins
 * with what is known of the files.
 */
export async function stageListing(connection: DuckConnection, entries: AsyncIterable<FolderEntry>): Promise<string> {
  const table = quoteIdentifier(`_sluice_listing_${randomUUID()}`)
  await connection.run(`CREATE TEMP TABLE ${table} (path VARCHAR, bytes BIGINT, modified BIGINT, touched BIGINT, mark VARCHAR)`)
  let some: FolderEntry[] = []
  const flush = async (): Promise<void> => {
    if (some.length === 0) return
    await connection.run(`INSERT INTO ${table} SELECT unnest(from_json($1, '${form}'), recursive := true)`, [
      JSON.stringify(some.map(({ path, bytes, modified, touched = null, mark = null }) => ({ path, bytes, modified, touched, mark }))),
    ])
    some = []
  }
  for await (const entry of entries) if (some.push(entry) === atOnce) await flush()
  await flush()
  return `SELECT path, bytes, modified, touched, mark FROM ${table}`
}

/**
 * A listing in the order of its paths by their bytes, some at a time, whatever its length. Nothing else runs on the connection meanwhile.
 */
export async function* sortedListing(
  connection: DuckConnection,
  entries: AsyncIterable<FolderEntry>,
): AsyncGenerator<readonly FolderEntry[], void, undefined> {
  const rows = connection.stream<{ path: string; bytes: number; modified: number; touched: number | null; mark: string | null }>(
    `${await stageListing(connection, entries)} ORDER BY path`,
  )
  for await (const some of rows)
    yield some.map(({ path, bytes, modified, touched, mark }) => ({
      path,
      bytes,
      modified,
      ...given({ touched: touched ?? undefined, mark: mark ?? undefined }),
    }))
}
