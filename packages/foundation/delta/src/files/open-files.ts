import { readFileSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { queryRows } from '../sql.ts'

const setting = 'partitioned_write_max_open_files'

/** DuckDB's own default, which is safe under every usual limit of a system. */
const least = 100
const most = 2_000

/**
 * The number of files that one partitioned COPY may hold open: a quarter of the process limit, which leaves room for other COPYs and
 * everything else.
 */
export function openFilesOf(limits: string | undefined): number {
  const soft = limits?.match(/^Max open files\s+(\d+|unlimited)/m)?.[1]
  if (soft === undefined) return least
  return soft === 'unlimited' ? most : Math.max(least, Math.min(most, Math.floor(Number(soft) / 4)))
}

let known: number | undefined

export function mayBeOpen(): number {
  known ??= openFilesOf(processLimits())
  return known
}

/** Only Linux has this file. */
function processLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return undefined
  }
}

interface Raised {
  users: number
  readonly before: Promise<string>
}

const raised = new WeakMap<DuckDBConnection, Raised>()

/**
 * Runs `act` while COPYs on the connection may hold `files` files open. The connection belongs to the caller, so its own limit is restored
 * after the last of several concurrent calls.
 */
export async function withOpenFiles<T>(connection: DuckDBConnection, files: number, act: () => Promise<T>): Promise<T> {
  const mine = raised.get(connection) ?? { users: 0, before: raise(connection, files) }
  mine.users++
  raised.set(connection, mine)
  try {
    await mine.before
    return await act()
  } finally {
    mine.users--
    if (mine.users === 0) {
      raised.delete(connection)
      await set(connection, await mine.before)
    }
  }
}

async function raise(connection: DuckDBConnection, files: number): Promise<string> {
  const [row] = await queryRows(connection, `SELECT current_setting('${setting}') AS files`)
  await set(connection, String(files))
  return String(row?.files)
}

const set = (connection: DuckDBConnection, files: string) => queryRows(connection, `SET ${setting} = ${BigInt(files)}`)
