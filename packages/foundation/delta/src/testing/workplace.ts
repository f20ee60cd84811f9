import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll } from 'vitest'

export interface Workplace {
  readonly connection: DuckDBConnection
  /** New. */
  readonly folder: string
}

/** A connection in UTC and a folder for all tests of a file, gone after the last of them. */
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

/** A connection for the tests of a suite that is called inside `describe`, where nothing can be awaited. */
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
