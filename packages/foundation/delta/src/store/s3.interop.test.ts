import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deltaRs } from '../interop/testing/delta-rs.ts'
import { folderOf, isThere, pythonIn } from '../interop/testing/installation.ts'
import { createTable, openTable } from '../table.ts'
import { connecting } from '../testing/workplace.ts'
import { locationOf, removeTemporaryFolders } from './testing/location.ts'
import { type Server, startVersitygw, versitygw } from './testing/servers.ts'
import { columns, rowsOf } from './testing/table.cases.ts'

const both = [await isThere(versitygw, 2), await isThere(deltaRs, 2)].every(Boolean)

/** delta-rs on the same table in the same bucket. It commits by the same condition. */
describe.runIf(both)('delta-rs in one bucket with us', () => {
  let server: Server
  let connection: DuckDBConnection
  connecting((opened) => {
    connection = opened
  })
  beforeAll(async () => {
    server = await startVersitygw()
  })
  afterAll(() => {
    removeTemporaryFolders()
    server.stop()
  })

  const location = (prefix: string) => locationOf({ kind: 's3', endpoint: server.endpoint, bucket: server.bucket, prefix })
  async function theirs(
    verb: string,
    prefix: string,
    ...rest: string[]
  ): Promise<{ version: number; rows: { writer: number; n: number }[] }> {
    const script = join(import.meta.dirname, 'testing/delta_rs_s3.py')
    const uri = `s3://${server.bucket}/${prefix}`
    const { stdout } = await promisify(execFile)(pythonIn(folderOf(deltaRs)), [script, verb, uri, server.endpoint, ...rest])
    return JSON.parse(stdout) as { version: number; rows: { writer: number; n: number }[] }
  }

  test('reads what we wrote, checkpoint and odd partitions included, and we read what it appends', async () => {
    const at = location('lake/turns')
    const table = await createTable(at.open(), { connection, columns, partitionBy: ['name'] })
    for (let n = 0; n < 11; n++) await table.append({ select: `SELECT 1 AS writer, ${n} AS n, 'a/b c%+ü${n % 2}' AS name` })
    const read = await theirs('read', 'lake/turns')
    expect(read.version).toBe(11)
    expect(read.rows.toSorted((a, b) => a.n - b.n)).toEqual(await rowsOf(connection, table))
    await theirs('append', 'lake/turns', '2', '2')
    expect(await rowsOf(connection, await openTable(at.open(), { connection }))).toHaveLength(13)
  })

  test('and we write at the same time, and lose and double nothing', async () => {
    const at = location('lake/race')
    const table = await createTable(at.open(), { connection, columns })
    const ours = async () => {
      for (let n = 0; n < 15; n++) await table.append({ select: `SELECT 1 AS writer, ${n} AS n` })
    }
    await Promise.all([ours(), theirs('append', 'lake/race', '2', '15'), theirs('append', 'lake/race', '3', '15')])
    const expected = [1, 2, 3].flatMap((writer) => Array.from({ length: 15 }, (_, n) => ({ writer, n, name: null })))
    expect(await rowsOf(connection, await openTable(at.open(), { connection }))).toEqual(expected)
    expect((await table.snapshot()).version).toBe(45)
  })
})
