import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { bigint, boolean, type Columns, dataset, decimal, integer, pick, raw, rawSql, type Sql, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { Receipt } from '@sluice/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileFormat, type RowSource, scanFolder, streamRows } from './index.ts'
import { firstTick, onLocalDisk, pagesOf, temporaryLake, writeRows, writeTo } from './testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const columns = { id: bigint(), price: decimal(38, 18), word: text(), seen_at: timestamp() } satisfies Columns
const rowsSql = (first: number, count: number) =>
  `SELECT range::BIGINT AS id, '1.5'::DECIMAL(38,18) AS price, CASE range % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'a,"b"' END AS word,
    TIMESTAMPTZ '2026-11-21 03:30:00.25+00' AS seen_at FROM range(${first}, ${first + count})`

const commit = (tick: number, select: string, count: number, generation = 0): Promise<Receipt> =>
  writeRows(at.lake, { write: writeTo('silver.rows', { tick, generation }), columns, select, count })
const rows = dataset('silver.rows', { on: 'lake', columns })
const pages = dataset('bronze.pages', { on: 'lake', bodies: raw() })
const refOf = (receipt: Receipt) => refTo('lake', receipt)
const counted = { n: bigint({ notNull: true }) }

test('what a run wrote is read at the version it wrote, anything else as it stands, and a batch only its own rows', async () => {
  const first = await commit(1, rowsSql(0, 3), 3)
  const second = await commit(2, rowsSql(10, 2), 2)
  const count = async (query: Sql, ...of: readonly Receipt[]) =>
    (await at.lake.rows(counted, query, testReading([rows], { batches: { [rows.id]: of.map(refOf) } })))[0]?.n
  expect(await count(sql`select count(*) as n from ${rows}`, first)).toBe(3)
  expect(await count(sql`select count(*) as n from ${rows}`, second)).toBe(5)
  expect(await count(sql`select count(*) as n from ${rows}`)).toBe(5)
  expect(await count(sql`select count(*) as n from ${rows.batch}`, first)).toBe(3)
  expect(await count(sql`select count(*) as n from ${rows.batch}`, first, second)).toBe(5)
  expect(await count(sql`select count(*) as n from ${rows.batch} where id >= 10`, second, first)).toBe(2)
  expect(await count(sql`select count(*) as n from ${rows.batch}`)).toBe(0)
})

test('a query gives instants as epoch milliseconds and decimals as text, its values are bound and never spliced', async () => {
  await commit(1, rowsSql(1, 2), 2)
  const found = await at.lake.rows(
    { ...columns, hostile: text() },
    sql`select *, ${"'; drop table x; --"} as hostile from ${rows} where word = ${''} and price < ${1.75}`,
    testReading([rows]),
  )
  expect(found).toEqual([
    {
      id: 1,
      price: '1.500000000000000000',
      word: '',
      seen_at: Date.UTC(2026, 10, 21, 3, 30, 0, 250),
      hostile: "'; drop table x; --",
    },
  ])
})

test('a query over bronze with the rows of its batch opens the files of that batch only', async () => {
  const landed = []
  for (let tick = 0; tick < 5; tick++)
    landed.push(await at.lake.land(writeTo('bronze.pages', { tick: firstTick + tick }), pagesOf(`{"n":${tick}}`)))
  const third = landed[3]
  if (third === undefined) throw new Error('nothing landed')
  for (const other of landed.filter((receipt) => receipt !== third))
    await at.put(`bronze/pages/date=2026-11-21/${other.version}`, 'no Parquet')
  const reading = testReading([pages], { batches: { [pages.id]: [refOf(third)] } })
  expect(await at.lake.rows(pick(pages, 'payload', 'page'), sql`select payload, page from ${pages.batch}`, reading)).toEqual([
    { payload: '{"n":3}', page: 1 },
  ])
})

test('rows are the columns that were asked for, or a sentence says which are not', async () => {
  await commit(1, rowsSql(0, 3), 3)
  const ask = (wanted: Columns, query: Sql) => at.lake.rows(wanted, query, testReading([rows]))
  const refusals = [
    [{ id: bigint() }, sql`select id, word from ${rows}`, 'it also gives word, which is not asked for'],
    [{ id: bigint(), word: text() }, sql`select id from ${rows}`, 'it lacks word'],
    [{ id: integer() }, sql`select id from ${rows}`, 'gives id as BIGINT, and integer is asked for'],
    [{ word: text({ notNull: true }) }, sql`select word from ${rows}`, 'gives a null as word'],
    [{ word: text({ oneOf: ['a'] }) }, sql`select word from ${rows}`, 'gives "" as word, which may be a'],
  ] as const
  for (const [wanted, query, message] of refusals) {
    await expect(ask(wanted, query)).rejects.toMatchObject({ code: 'definition.invalid', message: expect.stringContaining(message) })
  }
})

test('a dataset of the warehouse, one that the step does not declare and another project are refused by name', async () => {
  const prices = dataset('public.prices', { on: 'warehouse', columns: { id: bigint() } })
  const ask = (query: Sql) => at.lake.rows({ id: bigint() }, query, testReading([prices]))
  await expect(ask(sql`select * from ${prices}`)).rejects.toMatchObject({
    code: 'definition.invalid',
    facts: { dataset: 'warehouse.public.prices' },
  })
  await expect(ask(sql`select * from ${rows}`)).rejects.toMatchObject({
    code: 'definition.invalid',
    facts: { dataset: 'lake.silver.rows' },
  })
  await expect(at.lake.history('other:lake.silver.rows')).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(at.lake.history('silver.rows')).rejects.toMatchObject({
    code: 'lake.dataset_unknown',
    facts: { dataset: 'demo:lake.silver.rows' },
  })
  await expect(at.lake.history('silver.../../etc')).rejects.toMatchObject({ kind: 'permanent' })
})

test('tables and history tell rows, files, versions and batches', async () => {
  await at.lake.land(writeTo('bronze.pages'), pagesOf('{}', '{}'))
  await commit(1, rowsSql(0, 3), 3)
  const second = await commit(2, rowsSql(10, 2), 2)
  await expect(at.lake.tables()).resolves.toMatchObject([
    { dataset: 'demo:lake.bronze.pages', kind: 'bronze', rows: 2, files: 1 },
    { dataset: 'demo:lake.silver.rows', kind: 'table', rows: 5, files: 2, version: second.version },
  ])
  await expect(at.lake.history('demo:lake.silver.rows')).resolves.toMatchObject([
    { version: '2', batch: second.batch, generation: 0, rowsWritten: 2 },
    { version: '1', rowsWritten: 3 },
    { version: '0', operation: 'CREATE TABLE', batch: null },
  ])
  await expect(at.lake.history('bronze.pages')).resolves.toMatchObject([{ operation: 'LAND', rowsWritten: 2 }])
  expect((await at.lake.receipts()).map((receipt) => [receipt.dataset, receipt.rowsIn])).toEqual([
    ['demo:lake.bronze.pages', 2],
    ['demo:lake.silver.rows', 3],
    ['demo:lake.silver.rows', 2],
  ])
})

test('a table whose name begins with _ is one of the tables, and the folders of the lake itself are not', async () => {
  await writeRows(at.lake, { write: writeTo('silver._2026_01', { tick: 1 }), columns, select: rowsSql(0, 3), count: 3 })
  expect((await at.lake.tables()).map(({ dataset, rows }) => [dataset, rows])).toEqual([['demo:lake.silver._2026_01', 3]])
})

test('rows that do not add up are refused and none is written', async () => {
  await expect(commit(1, rowsSql(0, 1), 2)).rejects.toMatchObject({ kind: 'bug' })
  expect(await at.lake.tables()).toMatchObject([{ rows: 0, files: 0 }])
  expect(await at.lake.receipts()).toEqual([])
})

test('a generation older than the committed one is refused, not written', async () => {
  await commit(1, rowsSql(0, 1), 1, 5)
  await expect(commit(1, rowsSql(0, 2), 2, 3)).rejects.toMatchObject({ code: 'lake.conflict' })
  expect((await at.lake.tables())[0]).toMatchObject({ rows: 1 })
})

async function exported(source: RowSource, format: FileFormat): Promise<Buffer> {
  const out = new PassThrough()
  const [content] = await Promise.all([buffer(out), streamRows(source, format, out)])
  return content
}

test.runIf(onLocalDisk())('any Delta table is read by its path at any version, and streams out as JSON, CSV and Parquet', async () => {
  await commit(1, rowsSql(0, 3), 3)
  await commit(2, rowsSql(10, 5_000), 5_000)
  const connection = await at.lake.connect()
  const folder = join(at.root, 'demo', 'silver', 'rows')
  const old = { connection, sql: await scanFolder(connection, folder, { version: 1, columns: ['id', 'price', 'word', 'seen_at'] }) }
  const all = { connection, sql: await scanFolder(connection, folder) }
  expect(JSON.parse(String(await exported(old, 'json')))).toEqual(
    [null, '', 'a,"b"'].map((word, id) => ({ id, price: '1.500000000000000000', word, seen_at: '2026-11-21T03:30:00.250Z' })),
  )
  expect(String(await exported(old, 'csv'))).toBe(
    'id,price,word,seen_at\n0,1.500000000000000000,,2026-11-21 03:30:00.25+00\n1,1.500000000000000000,"",2026-11-21 03:30:00.25+00\n2,1.500000000000000000,"a,""b""",2026-11-21 03:30:00.25+00\n',
  )
  expect(JSON.parse(String(await exported(all, 'json')))).toHaveLength(5_003)
  expect(JSON.parse(String(await exported({ connection, sql: 'select 1 where false' }, 'json')))).toEqual([])
  const file = join(at.root, 'copy.parquet')
  writeFileSync(file, await exported(all, 'parquet'))
  await expect(connection.value(`select count(*) from read_parquet('${file}')`)).resolves.toBe(5_003)
  await expect(connection.rows(await scanFolder(connection, folder, { limit: 2, columns: ['id'] }))).resolves.toHaveLength(2)
  await expect(scanFolder(connection, folder, { version: 99 })).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(scanFolder(connection, join(at.root, 'nowhere'))).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  connection.close()
})

test('SQL raw text of a constant takes part as it is', async () => {
  const wanted = { n: integer(), nothing: integer(), yes: boolean(), minus: integer() }
  const statement = sql`select ${rawSql('1 + 1')} as n, ${null} as nothing, ${true} as yes, ${-3} as minus`
  await expect(at.lake.rows(wanted, statement, testReading([]))).resolves.toEqual([{ n: 2, nothing: null, yes: true, minus: -3 }])
})
