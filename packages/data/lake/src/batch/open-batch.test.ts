import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataset as declare, integer, sql } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { FileFact, Receipt } from '@sluice/core'
import type { LogStore } from '@sluice/delta'
import { death, mortal, validateLog } from '@sluice/delta/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokenRow, type Lake, type LakeStorage, localStorage, openLake } from '../index.ts'
import { writeTo } from '../testing/index.ts'

let folder: string
let duck: DuckDB
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice batch '))
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

const lakeOn = (storage: LakeStorage | string): Lake => openLake({ storage, project: 'demo', duckdb: async () => duck })

/** Numbers as one batch; those below 0 are broken. */
async function write(lake: Lake, numbers: readonly number[], generation: number, more: object = {}): Promise<Receipt> {
  using batch = await lake.batch({ ...writeTo('silver.rows', { generation }), ...more })
  if (batch.receipt !== undefined) return batch.receipt
  const all = `SELECT unnest([${numbers.join(', ')}]::INTEGER[]) AS id`
  return await batch.finish({
    columns: { id: integer() },
    mode: 'replace_batch',
    hopeful: `SELECT id FROM (${all}) WHERE CASE WHEN id >= 0 THEN true ELSE error('${brokenRow}') END`,
    async judge() {
      await batch.connection.run(`CREATE TEMP TABLE judged AS ${all}`)
      return {
        good: 'SELECT id FROM judged WHERE id >= 0',
        broken: `SELECT rowid + 1 AS row_number, 'within(id)' AS rule, 'id' AS place, id::VARCHAR AS cells FROM judged WHERE id < 0`,
        messages: { 'within(id)': 'id must be at least 0' },
        counts: { rowsIn: numbers.length, rowsQuarantined: numbers.filter((number) => number < 0).length },
      }
    },
  })
}

interface Contents {
  readonly good: readonly number[]
  readonly broken: readonly number[]
}

async function contents(lake: Lake): Promise<Contents> {
  const there = (await lake.tables()).map(({ name }) => name)
  const connection = await lake.connect()
  const of = async (name: string, column: string): Promise<number[]> =>
    there.includes(name)
      ? (await connection.rows(`SELECT ${column} AS v FROM (${await lake.scan(connection, `silver.${name}`)}) ORDER BY ${column}`)).map(
          (row) => Number(row.v),
        )
      : []
  const found = { good: await of('rows', 'id'), broken: await of('rows__quarantine', 'cells') }
  connection.close()
  return found
}

/** A machine that dies at its n-th use of any store of the lake. */
function dyingStorage(root: string, at: number): { storage: LakeStorage; uses: () => number } {
  const { guard, uses } = death(at, 'before')
  const own = localStorage(root)
  const stores = new Map<string, LogStore>()
  return {
    uses,
    storage: {
      ...own,
      at(path) {
        const store = stores.get(path) ?? mortal(own.at(path), guard)
        stores.set(path, store)
        return store
      },
    },
  }
}

/** The batch of each broken row, with the name of the file that it came in. */
async function filesOfBroken(lake: Lake): Promise<readonly unknown[]> {
  const connection = await lake.connect()
  const rows = await connection.rows(
    `SELECT batch, cells, file FROM (${await lake.scan(connection, 'silver.rows__quarantine')}) ORDER BY ALL`,
  )
  connection.close()
  return rows.map(({ batch, cells, file }) => [batch, cells, file])
}

test('a quarantine that knew no files gains their names with the first row that came in one, and rows that came in none keep none', async () => {
  const lake = lakeOn(join(folder, 'named files'))
  const inFile = (path: string): { readonly batch: string; readonly file: FileFact } => ({
    batch: path,
    file: { source: 'orders', path, bytes: 1, modified: 1, hash: 'h' },
  })
  await write(lake, [1, -2], 0, { batch: 'b1' })
  const connection = await lake.connect()
  const names = await connection.rows(`DESCRIBE SELECT * FROM (${await lake.scan(connection, 'silver.rows__quarantine')})`)
  connection.close()
  expect(names.map(({ column_name: name }) => name)).not.toContain('file')
  const file = "2026/it's.csv"
  await write(lake, [3, -4], 0, inFile(file))
  await write(lake, [5, -6], 0, { batch: 'b2' })
  const after = [
    [file, '-4', file],
    ['b1', '-2', null],
    ['b2', '-6', null],
  ]
  expect(await filesOfBroken(lake)).toEqual(after)
  expect((await write(lake, [3, -4], 0, inFile(file))).replayed).toBe(true)
  expect(await filesOfBroken(lake)).toEqual(after)
  await write(lake, [-7, 8], 1, inFile(file))
  expect(await filesOfBroken(lake)).toEqual([[file, '-7', file], ...after.slice(1)])
})

const nothing: Contents = { good: [], broken: [] }
const cases: readonly [string, readonly (readonly number[])[], readonly number[]][] = [
  ['of a new table', [], [1, 2, -3]],
  ['that replaces good and broken rows', [[1, 2, -3]], [4, -5, -6]],
  ['that takes all broken rows back', [[1, 2, -3]], [1, 2, 3]],
  ['of good rows alone', [[1, 2]], [3, 4]],
  ['of good rows that turns out to have a broken one', [[1, 2]], [3, -4]],
]

test.for(cases)(
  'a write %s, dead before any use of the storage, never leaves good rows without their broken ones, and its replay finishes it',
  async ([title, earlier, numbers]) => {
    const after = { good: numbers.filter((number) => number >= 0), broken: numbers.filter((number) => number < 0).sort(byText) }
    const seen = new Set<string>()
    for (let at = 1; ; at++) {
      const root = join(folder, title, String(at))
      for (const [generation, each] of earlier.entries()) await write(lakeOn(root), each, generation)
      const before = earlier.length === 0 ? nothing : await contents(lakeOn(root))
      const { storage, uses } = dyingStorage(root, at)
      const outcome = await write(lakeOn(storage), numbers, earlier.length).then(
        () => 'finished',
        () => 'died',
      )
      const found = await contents(lakeOn(root))
      expect([before.good, after.good]).toContainEqual(found.good)
      expect([before.broken, after.broken]).toContainEqual(found.broken)
      if (outcome === 'finished' || found.good.join() === after.good.join()) expect(found).toEqual(after)
      seen.add(JSON.stringify(found))
      await write(lakeOn(root), numbers, earlier.length)
      expect(await contents(lakeOn(root))).toEqual(after)
      expect(validateLog(join(root, 'demo', 'silver', 'rows'))).toEqual([])
      if (uses() < at) break
    }
    // Before, after, and where broken rows change also what lies in between.
    expect(seen.size).toBe([...earlier.flat(), ...numbers].some((number) => number < 0) ? 3 : 2)
  },
)

const byText = (a: number, b: number): number => (String(a) < String(b) ? -1 : 1)

test('a batch says of its file what was known when it was read', async () => {
  const lake = lakeOn(join(folder, 'file'))
  const file = { source: 'orders', path: 'a.csv', bytes: 3, modified: 1, hash: 'h' }
  using batch = await lake.batch({ ...writeTo('silver.rows'), file })
  if (batch.receipt !== undefined) throw new Error('written already')
  const receipt = await batch.finish({
    columns: { id: integer() },
    mode: 'replace_batch',
    file: { ...file, found: { encoding: 'utf-8' } },
    judge: async () => ({
      good: 'SELECT 1 AS id',
      broken: `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
      messages: {},
      counts: { rowsIn: 1, rowsQuarantined: 0 },
    }),
  })
  expect(receipt.file).toEqual({ ...file, found: { encoding: 'utf-8' } })
  expect((await lake.receipts('silver.rows'))[0]?.file).toEqual(receipt.file)
})

test('a batch that is written already answers with its receipt, and what begins a batch and does not finish it leaves nothing', async () => {
  const lake = lakeOn(join(folder, 'receipt'))
  {
    using batch = await lake.batch(writeTo('silver.rows'))
    expect(batch.receipt).toBeUndefined()
  }
  expect(await lake.tables()).toEqual([])
  const first = await write(lake, [1, -2], 0)
  expect(first).toMatchObject({ rowsIn: 2, rowsWritten: 1, rowsQuarantined: 1, replayed: false })
  expect(await write(lake, [7], 0)).toEqual({ ...first, replayed: true })
})

test('the batches that a statement of a batch reads become inputs of its receipt, at the version that was read', async () => {
  const lake = lakeOn(join(folder, 'inputs'))
  const source = await write(lake, [1, 2], 0)
  const { dataset, batch: id, version } = source
  const rows = declare('silver.rows', { on: 'lake', columns: { id: integer() } })
  using batch = await lake.batch(writeTo('silver.copy'))
  if (batch.receipt !== undefined) throw new Error('written already')
  const reading = testReading([rows], { batches: { [rows.id]: [refTo('lake', source)] } })
  const { select: good } = await batch.render(sql`select id from ${rows}`, reading)
  const receipt = await batch.finish({
    columns: { id: integer() },
    mode: 'overwrite',
    judge: async () => ({
      good,
      broken: `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
      messages: {},
      counts: { rowsIn: 2, rowsQuarantined: 0 },
    }),
  })
  expect(receipt).toMatchObject({ inputs: [{ dataset, batch: id, version }], rowsWritten: 2 })
})
