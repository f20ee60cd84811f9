import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import { queryRows } from '../../sql.ts'
import { createTable, type DeltaTable, openTable } from '../../table.ts'
import { outputOf, startScript } from '../../testing/script.ts'
import { validateLog } from '../../testing/validate-log.ts'
import { connecting } from '../../testing/workplace.ts'
import type { LogStore } from '../store.ts'
import { mirror, removeTemporaryFolders, type StoreLocation } from './location.ts'
import { byText } from './store.cases.ts'

export const columns = [
  { name: 'writer', type: 'integer' },
  { name: 'n', type: 'integer' },
  { name: 'name', type: 'string' },
] as const

export async function rowsOf(connection: DuckDBConnection, table: DeltaTable, at = {}): Promise<unknown[]> {
  return await queryRows(connection, `SELECT * FROM (${await (await table.snapshot(at)).scanSql()}) ORDER BY ALL`)
}

export async function expectValid(store: LogStore): Promise<void> {
  const folder = await mirror(store)
  expect(validateLog(folder)).toEqual([])
  rmSync(folder, { recursive: true })
}

/** Whole tables on a store: machines with empty stages read what another one wrote. */
export function tableCases(makeLocation: () => StoreLocation): void {
  let connection: DuckDBConnection
  connecting((opened) => {
    connection = opened
  })
  afterAll(removeTemporaryFolders)

  test('a partitioned table with odd values, its earlier versions, and the same on another machine', async () => {
    const location = makeLocation()
    const store = location.open()
    const table = await createTable(store, { connection, columns, partitionBy: ['name'] })
    await expect(createTable(location.open(), { connection, columns })).rejects.toMatchObject({ code: 'table.exists' })
    const names = `['a/b', 'c d%2F', 'ü+€', 'q?#&=', 'it''s', NULL]`
    await table.append({ select: `SELECT 1 AS writer, range AS n, ${names}[1 + range % 6] AS name FROM range(60)` })
    await table.append({ select: "SELECT 2 AS writer, 0 AS n, 'late' AS name" })
    await table.overwrite({ select: "SELECT 3 AS writer, 1 AS n, 'c d%2F' AS name" })
    const other = await openTable(location.open(), { connection })
    expect((await other.history()).map(({ version }) => version)).toEqual([3, 2, 1, 0])
    for (const version of [1, 2, 3]) {
      const rows = await rowsOf(connection, table, { version })
      expect(rows).toHaveLength([0, 60, 61, 1][version] ?? 0)
      expect(await rowsOf(connection, other, { version })).toEqual(rows)
    }
    const times = await other.history()
    expect((await other.snapshot({ timestamp: times[0]?.timestampMs ?? 0 })).version).toBe(3)
    const only = await (await other.snapshot({ version: 1 })).scanSql({ where: [{ column: 'name', op: '=', value: 'q?#&=' }] })
    expect(await queryRows(connection, `SELECT count(*)::INTEGER AS n FROM (${only})`)).toEqual([{ n: 10 }])
    await expectValid(store)
  })

  test('a checkpoint is written when it is due, read by another machine, and written on demand', async () => {
    const location = makeLocation()
    const table = await createTable(location.open(), { connection, columns })
    for (let n = 1; n <= 12; n++) await table.append({ select: `SELECT 1 AS writer, ${n} AS n` })
    const store = location.open()
    expect((await store.list('_delta_log')).filter((name) => name.includes('checkpoint')).sort(byText)).toEqual([
      '00000000000000000010.checkpoint.parquet',
      '_last_checkpoint',
    ])
    for (let version = 0; version < 10; version++) await store.delete(`_delta_log/${String(version).padStart(20, '0')}.json`)
    const other = await openTable(location.open(), { connection })
    expect(await rowsOf(connection, other)).toEqual(await rowsOf(connection, table))
    expect(await other.checkpoint()).toBe(12)
    const third = await openTable(location.open(), { connection })
    expect(await rowsOf(connection, third)).toHaveLength(12)
  })

  test('rows of a batch are replaced by a machine that has no file of the table yet', async () => {
    const location = makeLocation()
    const table = await createTable(location.open(), { connection, columns })
    await table.append({ select: "SELECT 1 AS writer, range AS n, 'b' || range % 2 AS name FROM range(10)" })
    const other = await openTable(location.open(), { connection })
    const result = await other.replaceBatch({ column: 'name', value: 'b1', select: 'SELECT 2 AS writer, 100 AS n' })
    expect(result).toMatchObject({ removedRows: 5, rows: 1 })
    expect((await rowsOf(connection, table)).map((row) => (row as { n: number }).n)).toEqual([0, 2, 4, 6, 8, 100])
    await expectValid(location.open())
  })

  test('machines that write at once lose nothing and double nothing', async () => {
    const location = makeLocation()
    const [machines, writes] = [4, 5]
    const first = await createTable(location.open(), { connection, columns })
    const outcomes = await Promise.all(
      Array.from({ length: machines }, async (_, writer) => {
        const table = await openTable(location.open(), { connection })
        const versions: number[] = []
        for (let n = 0; n < writes; n++) {
          versions.push((await table.append({ select: `SELECT ${writer} AS writer, ${n} AS n` })).version)
          const name = `own-${writer}`
          const select = `SELECT ${writer} AS writer, ${100 + n} AS n`
          versions.push((await table.replaceBatch({ column: 'name', value: name, select })).version)
        }
        return versions
      }),
    )
    expect(outcomes.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: machines * writes * 2 }, (_, index) => index + 1))
    const expected = Array.from({ length: machines }, (_, writer) => [
      ...Array.from({ length: writes }, (__, n) => ({ writer, n, name: null })),
      { writer, n: 100 + writes - 1, name: `own-${writer}` },
    ]).flat()
    expect(await rowsOf(connection, first)).toEqual(expected)
    await expectValid(location.open())
  })

  test('processes that write at once lose nothing, double nothing and skip every replay', async (context) => {
    const location = makeLocation()
    if (location.description === undefined) return context.skip('no other process can see it')
    const table = await createTable(location.open(), { connection, columns })
    const [writers, appends] = [3, 6]
    const children = Array.from({ length: writers }, (_, writer) =>
      startScript(join(import.meta.dirname, 'table-writer.ts'), JSON.stringify(location.description), String(writer), String(appends)),
    )
    expect(await Promise.all(children.map(outputOf))).toEqual(Array.from({ length: writers }, () => String(appends)))
    const expected = Array.from({ length: writers }, (_, writer) => Array.from({ length: appends }, (__, n) => ({ writer, n, name: null })))
    expect(await rowsOf(connection, table)).toEqual(expected.flat())
    expect((await table.snapshot()).version).toBe(writers * appends)
    await expectValid(location.open())
  })
}
