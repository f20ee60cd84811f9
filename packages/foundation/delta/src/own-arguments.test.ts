import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTable, type DeltaTable } from './index.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
let folder: string
let table: DeltaTable
beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  folder = mkdtempSync(join(tmpdir(), 'delta-arguments-'))
  table = await createTable(folder, {
    connection,
    columns: [
      { name: 'c', type: 'string' },
      { name: 'v', type: 'long' },
    ],
  })
  await table.append({ rows: ['X', 'Y', 'Z'].map((c) => ({ c, v: 1 })) })
})
afterEach(() => {
  connection.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true })
})

const names = async () => (await Array.fromAsync((await table.snapshot()).rows())).map(({ c }) => c).toSorted()
const loose = () => table as unknown as { readonly delete: (options: unknown) => Promise<unknown> }

test('a caller may change its objects while a call runs: what was given is what is done', async () => {
  const where = [{ column: 'c', op: '=' as const, value: 'X' }]
  const options: { where?: typeof where } = { where }
  const running = loose().delete(options)
  for (const each of where) each.value = 'Y'
  where.length = 0
  delete options.where
  await running
  expect(await names()).toEqual(['Y', 'Z'])
})

test('a getter is asked once', async () => {
  let asked = 0
  const turning = {
    get where() {
      return asked++ === 0 ? "c = 'Y'" : undefined
    },
  }
  await loose().delete(turning)
  expect(await names()).toEqual(['X', 'Z'])
})

test('keys that are symbols, hidden or inherited are keys, too', async () => {
  const inherited: unknown = Object.create(Object.assign(Object.create(null), { wher: "c = 'Z'" }))
  const hidden = Object.defineProperty({}, 'wher', { value: "c = 'Z'", enumerable: false })
  for (const odd of [{ [Symbol('where')]: "c = 'Z'" }, hidden, inherited, JSON.parse('{"__proto__": {"where": "true"}}')])
    await expect(loose().delete(odd)).rejects.toMatchObject({ code: 'option.invalid' })
  expect(await names()).toEqual(['X', 'Y', 'Z'])
})

test.each(['1', "'yes'", 'v', 'c || c', '0.5'])('a condition that is neither true nor false changes nothing: %s', async (where) => {
  const refused = { code: 'expression.invalid', next: expect.stringMatching(/\.$/) }
  await expect(table.delete({ where })).rejects.toMatchObject(refused)
  await expect(table.update({ where, set: { v: '2' } })).rejects.toMatchObject(refused)
  await expect(table.overwrite({ replaceWhere: where, select: "SELECT 'Q' AS c, 1::BIGINT AS v" })).rejects.toMatchObject(refused)
  expect((await table.snapshot()).version).toBe(1)
})

test.each([
  ['NULL', 0],
  ['v > 0 -- all', 3],
  ["c IN ('X', 'Y')", 2],
  ['CASE WHEN v = 1 THEN c END IS NOT NULL', 3],
])('a condition that is true or false selects its rows: %s', async (where, rows) => {
  expect((await table.delete({ where })).deletedRows).toBe(rows)
})
