import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { metRows } from './met-rows.ts'

let folder: string
let duck: DuckDB
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-met-rows-'))
  duck = await openDuckDB({ threads: 2 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the rows met are those whose values are all there and equal: NULL meets nothing', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const some = () => Array.from({ length: 200 }, () => [random.integer(30), random.integer(4)].map((n) => (random.chance(0.1) ? null : n)))
  const [rows, keys] = [some(), some()]
  const values = (of: typeof rows) => `(VALUES ${of.map(([a, b]) => `(${a}::INTEGER, ${b}::INTEGER)`).join(', ')}) AS made(a, b)`
  const connection = await duck.connect()
  const found = await connection.rows(metRows(`SELECT * FROM ${values(rows)}`, ['a', 'b'], `(SELECT * FROM ${values(keys)})`))
  connection.close()
  const met = rows.filter(([a, b]) => a !== null && b !== null && keys.some(([x, y]) => x === a && y === b))
  const sorted = (of: readonly unknown[]) => of.map((each) => JSON.stringify(each)).toSorted()
  expect(sorted(found), `SLUICE_SEED=${seed}`).toEqual(sorted(met.map(([a, b]) => ({ a, b }))))
})

test('the keys are what is hashed, also where DuckDB takes the files of a table for fewer rows than there are keys', async () => {
  const connection = await duck.connect()
  const paths = [0, 1].map((n) => quoteLiteral(join(folder, `${n}.parquet`)))
  for (const path of paths) await connection.run(`COPY (SELECT range::INTEGER AS id, 'text' AS more FROM range(50000)) TO ${path}`)
  await connection.run('CREATE TEMP TABLE keys AS SELECT range::INTEGER AS id FROM range(20000)')
  const columns = ['INTEGER', 'VARCHAR'].map((type, at) => {
    const name = at === 0 ? 'id' : 'more'
    return `'${name}': {name: '${name}', type: '${type}', default_value: NULL}`
  })
  const scan = `SELECT * FROM read_parquet([${paths.join(', ')}], schema=MAP{${columns.join(', ')}})`
  const planOf = async (select: string) => JSON.stringify(await connection.rows(`EXPLAIN ${select}`))
  expect(await planOf(`SELECT * FROM (${scan}) SEMI JOIN keys USING (id)`)).toContain('RIGHT_SEMI')
  expect(await planOf(metRows(scan, ['id'], 'keys'))).toMatch(/Join Type: MARK/)
  connection.close()
})
