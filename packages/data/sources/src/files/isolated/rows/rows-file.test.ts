import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc } from '@sluice/core/testing/properties'
import { type DuckConnection, type DuckDB, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RowsColumn, RowsType } from './column.ts'
import { createRowsFile } from './rows-file.ts'

let folder: string
let duckdb: DuckDB
let connection: DuckConnection
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-rows-'))
  duckdb = await openDuckDB()
  connection = await duckdb.connect()
})
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true, force: true })
})

let files = 0
const next = (): string => join(folder, `${files++}.parquet`)
const read = async (path: string) => await connection.rows(`SELECT * FROM read_parquet(${quoteLiteral(path)})`)

const values: Readonly<Record<RowsType, fc.Arbitrary<unknown>>> = {
  VARCHAR: fc.string({ unit: 'binary' }),
  BIGINT: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  INTEGER: fc.integer(),
  DOUBLE: fc.double(),
  FLOAT: fc.float(),
  BOOLEAN: fc.boolean(),
}

function put(column: RowsColumn, row: number, value: unknown): void {
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) column.whole(row, Number(value))
    else column.bigint(row, value)
  } else if (typeof value === 'string') column.text(row, value)
  else if (typeof value === 'boolean') column.boolean(row, value)
  else column.number(row, value as number)
}

/** As DuckDB's rows have it here. */
function shown(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return value ?? null
}

const column = fc.constantFrom(...(Object.keys(values) as RowsType[])).chain((type) =>
  fc.record({
    type: fc.constant(type),
    /** The row with which the column comes. */
    from: fc.nat({ max: 5 }),
    cells: fc.array(fc.option(values[type], { nil: undefined }), { maxLength: 40 }),
  }),
)

test('what is written is read back by DuckDB, whatever it is and whenever its column comes', async () => {
  const anyColumns = fc.array(column, { minLength: 1, maxLength: 6 })
  const holds = fc.asyncProperty(anyColumns, async (columns) => {
    const path = next()
    const file = createRowsFile({ path })
    const rows = Math.max(6, ...columns.map(({ from, cells }) => from + cells.length))
    const ordered = columns.toSorted((a, b) => a.from - b.from)
    const taken: RowsColumn[] = []
    for (let row = 0; row < rows; row++) {
      for (const [index, { type, from, cells }] of ordered.entries()) {
        if (from > row) continue
        taken[index] ??= file.addColumn(`column ${index}`, type)
        const value = cells[row - from]
        if (value !== undefined) put(taken[index], file.at, value)
      }
      file.endRow()
    }
    expect(file.close().map(({ type }) => type)).toEqual(ordered.map(({ type }) => type))
    const expected = Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(ordered.map(({ from, cells }, index) => [`c${index}`, shown(row < from ? null : cells[row - from])])),
    )
    expect(await read(path)).toEqual(expected)
  })
  await fc.assert(holds)
})

test('many rows and long texts make several groups, in their order', async () => {
  const path = next()
  const file = createRowsFile({ path })
  const [number, text] = [file.addColumn('number', 'BIGINT'), file.addColumn('text', 'VARCHAR')]
  const long = 'x'.repeat(1_000_000)
  for (let row = 0; row < 300_000; row++) {
    number.whole(file.at, row)
    if (row < 100) text.text(file.at, long)
    if (row === 200_000) file.addColumn('late', 'VARCHAR').text(file.at, 'here')
    file.endRow()
  }
  file.close()
  const about = `read_parquet(${quoteLiteral(path)})`
  expect(await connection.rows(`SELECT count(*) AS n, sum(c0) AS sum, sum(strlen(c1)) AS long FROM ${about}`)).toEqual([
    { n: 300_000, sum: 44_999_850_000, long: 100_000_000 },
  ])
  expect(await connection.rows(`SELECT c0, c2 FROM ${about} WHERE c2 IS NOT NULL`)).toEqual([{ c0: 200_000, c2: 'here' }])
  expect(
    await connection.value(`SELECT count(*) FROM (SELECT c0, row_number() OVER () - 1 AS place FROM ${about}) WHERE c0 <> place`),
  ).toBe(0)
  expect(await connection.value(`SELECT count(DISTINCT row_group_id) FROM parquet_metadata(${quoteLiteral(path)})`)).toBeGreaterThan(3)
})

test('a file without its end is not one', async () => {
  const path = next()
  const file = createRowsFile({ path })
  file.addColumn('a', 'VARCHAR').text(0, 'a')
  file.endRow()
  await expect(read(path)).rejects.toThrow(/too small|magic|footer/i)
  file.close()
  expect(await read(path)).toEqual([{ c0: 'a' }])
})
