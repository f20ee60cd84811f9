import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing/database'
import { start } from '@sluice/simulator-shop'
import { bigint, decimal, integer, sql, text } from 'sluice'
import { testWorld, type World } from 'sluice/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { customers, margins, spending, tills, webOrders } from '../datasets/furniture.ts'
import shops from './shops.ts'
import web from './web.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'furniture-'))
  cpSync(new URL('../inbox', import.meta.url), join(folder, 'inbox'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (hour: number) => ({ key: `scheduled:${hour}`, logicalTime: `2026-11-28T0${hour}:00:00Z` }) as const
const amounts = async (world: World) => {
  const rows = await world.rows({ receipt: text(), amount: decimal(10, 2) }, sql`select receipt, amount from ${tills} order by receipt`)
  return rows.map(({ receipt, amount }) => `${receipt} ${amount}`)
}
const quarantined = async (world: World) => {
  const rows: unknown[] = []
  for await (const chunk of world.lake.read('silver.tills__quarantine')) rows.push(...chunk)
  return rows
}

test('whatever CSV the tills write, and the workbook of the buyers, are typed rows', async () => {
  await using world = await testWorld({ folder })
  const run = await world.run(shops, at(1))
  expect(run.tasks.map(({ task, state }) => [task, state])).toEqual([
    ['pull_tills', 'success'],
    ['pull_prices', 'success'],
    ['silver.margins', 'success'],
  ])
  expect(run.tasks[0]?.receipts.map(({ file }) => [file?.path, file?.found])).toMatchObject([
    ['dublin.csv', { encoding: 'utf-8', delimiter: ',' }],
    ['lyon.csv', { encoding: 'windows-1252', delimiter: ';', decimal: ',', dates: { 'Sold on': 'd/M/yyyy' }, lineEnds: 'crlf' }],
  ])
  expect((await amounts(world)).filter((row) => /L-10(01|06|10)|B-501/.test(row))).toEqual([
    'B-501 1199.00',
    'L-1001 1249.00',
    'L-1006 45.50',
    'L-1010 1199.00',
  ])
  expect(
    await world.rows(
      { product: text(), sold: bigint(), margin: decimal(14, 2) },
      sql`select product, sold, margin from ${margins} order by product`,
    ),
  ).toEqual([
    { product: 'Elm lamp', sold: 5, margin: '136.00' },
    { product: 'Oak table', sold: 4, margin: '2094.00' },
    { product: 'Pine chair', sold: 6, margin: '282.10' },
  ])
})

test('the row that does not fit is in quarantine with its file, line, column and reason', async () => {
  await using world = await testWorld({ folder })
  await world.run(shops, at(1))
  expect(await quarantined(world)).toMatchObject([
    {
      file: 'lyon.csv',
      row_number: 8,
      place: 'amount',
      rule: 'type(amount)',
      cells: expect.stringContaining('"amount":"offert"'),
    },
  ])
})

test('a second run writes nothing, and a corrected file replaces exactly its rows', async () => {
  await using world = await testWorld({ folder })
  await world.run(shops, at(1))
  const before = await amounts(world)
  const versions = async () =>
    (await world.lake.tables()).filter(({ dataset }) => /tills|prices/.test(dataset)).map(({ dataset, version }) => [dataset, version])
  const of = await versions()
  const again = await world.run(shops, at(2))
  expect(again.tasks.slice(0, 2).flatMap(({ receipts }) => receipts)).toEqual([])
  expect(again.logs.pull_tills?.map(({ message }) => message)).toEqual([
    'found 2 files of tills: 2 unchanged',
    'nothing of tills is new: 0 rows',
  ])
  expect(await versions()).toEqual(of)

  const lyon = join(folder, 'inbox/tills/lyon.csv')
  writeFileSync(lyon, readFileSync(lyon, 'latin1').replace('offert', '0,00 \x80').replace('1 249,00', '1 250,00'), 'latin1')
  const third = await world.run(shops, at(3))
  expect(third.tasks[0]?.receipts).toMatchObject([{ rowsIn: 12, rowsWritten: 12, rowsQuarantined: 0, file: { path: 'lyon.csv' } }])
  expect(await amounts(world)).toEqual([...before.map((row) => row.replace('L-1001 1249.00', 'L-1001 1250.00')), 'L-1007 0.00'].toSorted())
  expect(await quarantined(world)).toEqual([])
})

/** The CRM: a database of somebody else. */
const crmTables = `
create schema sales;
create table sales.customers (id text primary key, name text, country char(2), changed_at timestamptz not null);
insert into sales.customers
  select 'c' || n, 'Customer ' || n, case when n % 3 = 0 then 'IE' else 'FR' end, timestamptz '2026-11-01 00:00Z' + n * interval '1 hour'
  from generate_series(1, 40) n;`

test('orders of the store and customers of the CRM meet, and the next run takes what was changed', async () => {
  await using store = await start({ orders: 120 })
  await using crm = await testDatabase({ migrations: [{ id: '1', up: crmTables }] })
  await using world = await testWorld({ connections: { store: { url: store.url, token: store.apiKey }, crm: { url: crm.url } } })
  const read = async () =>
    await world.rows({ country: text(), orders: bigint() }, sql`select country, orders from ${spending} order by country`)
  const first = await world.run(web, at(1))
  expect(first.tasks.map(({ task, state }) => [task, state])).toEqual([
    ['pull_orders', 'success'],
    ['silver.web_orders', 'success'],
    ['pull_customers', 'success'],
    ['silver.spending', 'success'],
  ])
  expect(await read()).toEqual([
    { country: 'FR', orders: 87 },
    { country: 'IE', orders: 33 },
  ])
  const pool = openPool(crm.url)
  await pool.query(`update sales.customers set country = 'DE', changed_at = '2026-11-20 00:00Z' where country = 'IE'`)
  await pool.end()
  const second = await world.run(web, at(2))
  expect(second.tasks[0]?.receipts).toMatchObject([{ answers: { requests: 1, rows: 1 } }])
  expect(second.tasks[2]?.receipts).toMatchObject([{ rowsIn: 14, slice: { since: '2026-11-02 15:00:00+00' } }])
  expect(await read()).toEqual([
    { country: 'DE', orders: 33 },
    { country: 'FR', orders: 87 },
  ])
  expect(
    await world.rows(
      { customers: integer(), orders: integer() },
      sql`select (select count(*) from ${customers})::integer as customers, (select count(*) from ${webOrders})::integer as orders`,
    ),
  ).toEqual([{ customers: 40, orders: 120 }])
})
