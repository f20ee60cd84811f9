import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll } from 'vitest'

export interface Workplace {
  readonly connection: DuckDBConnection
  /** A new folder. */
  readonly folder: string
}

/** A connection in UTC and a folder for all tests of a file. Both are removed after the last test. */
export async function workplace(): Promise<Workplace> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const folder = mkdtempSync(join(tmpdir(), 'delta tests-'))
  afterAll(() => {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true })
  })
  return { connection, folder }
}

/** A connection for cases that are called inside `describe`, which cannot wait. */
export function connecting(use: (connection: DuckDBConnection) => void): void {
  let instance: DuckDBInstance
  let connection: DuckDBConnection
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:')
    connection = await instance.connect()
    use(connection)
  })
  afterAll(() => {
    connection.closeSync()
    instance.closeSync()
  })
}
