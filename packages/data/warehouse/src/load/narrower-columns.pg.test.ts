import { bigint, dataset, decimal, double, integer, text, timestamp } from '@sluice/author'
import { batchId, manualRunKey } from '@sluice/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'

const prices = dataset('public.prices', {
  on: 'warehouse',
  columns: { sku: text(), price: decimal(12, 4), pieces: bigint(), ratio: double(), seen: timestamp(), n: integer() },
  key: ['sku'],
})

let demo: TestWarehouse
beforeAll(async () => {
  demo = await testWarehouse(prices)
})
afterAll(() => demo.close())

let serial = 0
const load = () => {
  const identity = { project: 'demo', pipeline: 'p', task: 't', dataset: 'demo:warehouse.public.prices' }
  const run = `run ${serial++}`
  return demo.warehouse.loadBatch({
    write: {
      ...identity,
      run,
      attempt: 1,
      batch: batchId({ ...identity, mapKey: null, write: 'main', runKey: manualRunKey(run) }),
      generation: 0,
      logicalTime: serial,
      inputs: [],
    },
    table: prices,
    mode: 'upsert',
    columns: ['sku', 'price', 'pieces', 'ratio', 'seen', 'n'],
    source: (async function* () {
      yield 'a,2.5555,5000000000,0.1234567890123456,2026-01-01T10:11:12.345Z,7\n'
    })(),
  })
}

const alter = (column: string, type: string) =>
  demo.warehouse.pool.query(`truncate prices; alter table prices alter column ${column} type ${type} using null::${type}`)

for (const [column, type, declared, does] of [
  ['price', 'numeric(10,2)', 'decimal(12, 4)', 'round values'],
  ['price', 'bigint', 'decimal(12, 4)', 'round values'],
  ['price', 'double precision', 'decimal(12, 4)', 'round values'],
  ['pieces', 'double precision', 'bigint', 'round values'],
  ['n', 'real', 'integer', 'round values'],
  ['ratio', 'real', 'double', 'round values'],
  ['ratio', 'numeric(30,20)', 'double', 'round values'],
  ['seen', 'date', 'timestamp', 'drop the time of day'],
  ['seen', 'timestamp(0) with time zone', 'timestamp', 'round instants'],
] as const) {
  test(`a load into a ${type} that is declared ${declared} is refused and names the column: it would ${does}`, async () => {
    const [before] = await demo.warehouse.pool.query<{ type: string }>(
      "select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'prices'::regclass and attname = $1",
      [column],
    )
    await alter(column, type)
    await expect(load()).rejects.toMatchObject({
      code: 'migration.drift',
      message: `column public.prices.${column} is ${type} in the database and ${declared} in the code: it would ${does}`,
    })
    expect(await demo.warehouse.pool.query('select count(*)::integer as rows from prices')).toEqual([{ rows: 0 }])
    await alter(column, before?.type ?? '')
  })
}

test('a domain counts as what it is made of', async () => {
  await demo.warehouse.pool.query('create domain euros as numeric(10,2)')
  await alter('price', 'euros')
  await expect(load()).rejects.toMatchObject({ code: 'migration.drift' })
  await alter('price', 'numeric(12,4)')
})

test('a column that is wider than declared takes the rows, and one that overflows sends them to quarantine', async () => {
  await alter('price', 'numeric')
  await alter('n', 'bigint')
  expect(await load()).toMatchObject({ rowsWritten: 1, rowsQuarantined: 0 })
  expect(await demo.warehouse.pool.query('select price::text from prices')).toEqual([{ price: '2.5555' }])
  await alter('pieces', 'integer')
  expect(await load()).toMatchObject({ rowsWritten: 0, rowsQuarantined: 1 })
})
