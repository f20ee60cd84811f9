import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { usualLimits } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { createAccess, createApp, inProcessTransport } from '@sluice/serve'
import { createClient } from '@sluice/serve/client'
import { servicesWith } from '@sluice/serve/testing'
import { openWarehouses, type ProjectWarehouses, type WarehouseSetup } from '@sluice/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csvToParquet } from './csv-to-parquet.ts'

const duckdb = openDuckDB({ threads: 1 })

let database: TestDatabase
let folder: string
let warehouses: ProjectWarehouses
let client: ReturnType<typeof createClient>
let setup: WarehouseSetup

beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'sluice-warehouse-api-'))
  await mkdir(join(folder, 'queries'))
  await writeFile(
    join(folder, 'queries/words.sql'),
    '-- Words of a length\nselect w from unnest(string_to_array(:words, $$ $$)) w where length(w) = :length;',
  )
  const urls = { ownerUrl: database.url, readerUrl: database.url }
  setup = {
    project: 'shop',
    timeZone: 'UTC',
    ...urls,
    folder,
    migrations: null,
    queries: join(folder, 'queries'),
    datasets: [],
    keys: [],
  }
  warehouses = openWarehouses({ projects: ['shop'], setupOf: () => Promise.resolve(setup), toParquet: csvToParquet(() => duckdb) })
  const app = createApp(servicesWith({ warehouses }), { access: createAccess('k'.repeat(43)), verifyAnswers: true })
  client = createClient(inProcessTransport(app))
})
afterAll(async () => {
  await warehouses.close()
  await database.drop()
  ;(await duckdb).close()
  await rm(folder, { recursive: true, force: true })
})

const params = { project: 'shop' }

test('the queries of a project are listed and run by name, their parameters bound', async () => {
  const { items } = await client.warehouse.queries({ params })
  expect(items).toMatchObject([{ name: 'words', description: 'Words of a length', params: ['words', 'length'] }])
  const words = { ...params, query: 'words' }
  expect(await client.warehouse.runQuery({ params: words, body: { params: { words: "ab '; c de", length: '2' } } })).toMatchObject({
    rows: [['ab'], ["';"], ['de']],
    truncated: false,
  })
  expect(await client.warehouse.runQuery({ params: words, body: { params: { words: 'a b', length: '1' }, limit: 1 } })).toMatchObject({
    rows: [['a']],
    truncated: true,
  })
  await expect(client.warehouse.runQuery({ params: words, body: { params: { words: 'a' } } })).rejects.toMatchObject({
    code: 'request.invalid',
  })
  await expect(client.warehouse.runQuery({ params: { ...params, query: 'word' }, body: {} })).rejects.toMatchObject({ code: 'not_found' })
})

test('typed SQL takes named parameters too, and without any its colons are its own', async () => {
  expect(await client.warehouse.query({ params, body: { sql: 'select :a as a', params: { a: null } } })).toMatchObject({ rows: [[null]] })
  expect(await client.warehouse.query({ params, body: { sql: "select ('{1,2}'::int[])[1:n] from (select 1 as n) x" } })).toMatchObject({
    rows: [[[1]]],
  })
})

test('a project without migrations has the tables of the platform all the same', async () => {
  await client.warehouse.migrate({ params, body: { direction: 'up' } })
  expect(await client.warehouse.query({ params, body: { sql: 'select count(*) as n from sluice_outbox' } })).toMatchObject({ rows: [[0]] })
})

const everyType = `select i, big, free, fixed::numeric(10, 4) as fixed, yes, at, day, said, nothing, doc, bytes, f, span, list from (values
    (1, 9007199254740993::bigint, 1.50::numeric, 1.23::numeric(10, 4), true, timestamptz '2026-11-29 18:37:46.416+00', date '2026-11-29',
      'a "quoted", line' || chr(10) || 'break', ''::text, '{"a": 1.50}'::jsonb, '\\x0aff'::bytea, 0.1::float8, interval '1 day', array[1, 2]),
    (null, null, 12345678901234567890.123456789, null, null, null, null, null, null, null, null, 'NaN', null, null)
  ) as rows (i, big, free, fixed, yes, at, day, said, nothing, doc, bytes, f, span, list) order by i`

const file = async (format: 'json' | 'csv' | 'parquet', sql: string, limit?: number): Promise<Buffer> => {
  const stream = await client.warehouse.exportQuery({ params, body: { sql, format, ...(limit === undefined ? {} : { limit }) } })
  return Buffer.from(await new Response(stream).arrayBuffer())
}

test('all rows of a query leave as CSV, JSON and Parquet, with instants in the one form of every answer', async () => {
  const csv = String(await file('csv', everyType)).split('\n')
  expect(csv[0]).toBe('i,big,free,fixed,yes,at,day,said,nothing,doc,bytes,f,span,list')
  expect(csv[1]).toMatch(/^1,9007199254740993,1.50,1.2300,true,2026-11-29T18:37:46.416Z,2026-11-29,"a ""quoted"", line$/)
  expect(csv[3]).toMatch(/^,,12345678901234567890.123456789,,,,,,,,,NaN,,$/)
  const [first, second] = JSON.parse(String(await file('json', everyType))) as Record<string, unknown>[]
  expect(first).toMatchObject({
    i: 1,
    big: '9007199254740993',
    at: '2026-11-29T18:37:46.416Z',
    said: 'a "quoted", line\nbreak',
    nothing: '',
  })
  expect(second).toMatchObject({ i: null, nothing: null, f: 'NaN' })
  const { columns, rows } = await client.warehouse.query({ params, body: { sql: everyType } })
  expect(rows[0]?.[columns.findIndex(({ name }) => name === 'at')]).toBe(first?.at)

  const path = join(folder, 'rows.parquet')
  await writeFile(path, await file('parquet', everyType))
  const connection = await (await duckdb).connect()
  expect(await connection.rows(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM '${path}')`)).toEqual(
    Object.entries({
      i: 'INTEGER',
      big: 'BIGINT',
      free: 'DECIMAL(29,9)',
      fixed: 'DECIMAL(10,4)',
      yes: 'BOOLEAN',
      at: 'TIMESTAMP WITH TIME ZONE',
      day: 'DATE',
      said: 'VARCHAR',
      nothing: 'VARCHAR',
      doc: 'VARCHAR',
      bytes: 'BLOB',
      f: 'DOUBLE',
      span: 'VARCHAR',
      list: 'VARCHAR',
    }).map(([name, type]) => ({ name, type })),
  )
  expect(await connection.rows(`SELECT big, "free"::VARCHAR AS free, "at", "nothing", hex(bytes) AS bytes FROM '${path}'`)).toEqual([
    { big: expect.anything(), free: '1.500000000', at: '2026-11-29T18:37:46.416Z', nothing: '', bytes: '0AFF' },
    { big: null, free: '12345678901234567890.123456789', at: null, nothing: null, bytes: null },
  ])
  connection.close()
})

test('a file has every row, also beyond those that are asked for at once, or as many as were wanted', async () => {
  const many = 'select n, repeat(n::text, 20) as text from generate_series(1, 25000) n'
  expect(
    String(await file('csv', many))
      .trimEnd()
      .split('\n'),
  ).toHaveLength(25_001)
  expect(
    String(await file('csv', many, 150))
      .trimEnd()
      .split('\n'),
  ).toHaveLength(151)
  expect(JSON.parse(String(await file('json', many)))).toHaveLength(25_000)
  expect(String(await file('json', 'select 1 as n where false'))).toBe('[]\n')
  expect(String(await file('csv', 'select 1 as n, 2 as n where false'))).toBe('n,n_2\n')
  const words = await client.warehouse.exportQuery({
    params,
    body: { sql: '@words', format: 'csv', params: { words: 'a bb', length: '2' } },
  })
  expect(await new Response(words).text()).toBe('w\nbb\n')
})

test('what is wrong is told before the first byte, and leaves no file behind', async () => {
  const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('sluice-rows-')).length
  const before = await left()
  await expect(file('parquet', 'select nope from sluice_loads')).rejects.toMatchObject({ code: 'warehouse.failed' })
  await expect(file('csv', 'select 1 / (n - 300) from generate_series(1, 500) n')).rejects.toMatchObject({ code: 'warehouse.failed' })
  await expect(file('csv', 'explain select 1')).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(file('csv', 'delete from sluice_loads')).rejects.toMatchObject({ code: 'request.denied' })
  expect(await left()).toBe(before)
})

test('a file that is larger than a file may be, or takes longer, is refused and leaves nothing behind', async () => {
  const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('sluice-rows-')).length
  const before = await left()
  const limits = { ...usualLimits, timeoutMs: 100, file: { bytes: 100_000, timeoutMs: 2_000 } }
  const narrow = openWarehouses({ projects: ['shop'], setupOf: () => Promise.resolve(setup), limits })
  try {
    const shop = await narrow.of('shop')
    const rows = "select repeat('x', 99) as x from generate_series(1, 1000000)"
    for (const format of ['csv', 'json'] as const)
      await expect(shop.exportQuery(rows, format, {})).rejects.toMatchObject({ code: 'query.too_large', facts: { limitBytes: 100_000 } })
    // Longer than an answer of a screen may take, which is another limit.
    expect(String(Buffer.concat(await Array.fromAsync(await shop.exportQuery('select 1 as n, pg_sleep(0.2)', 'csv', {}))))).toMatch(/^n,/)
    await expect(shop.exportQuery('select pg_sleep(60)', 'csv', {})).rejects.toMatchObject({ code: 'query.timeout' })
    await expect(shop.sqlText('select pg_sleep(60)')).rejects.toMatchObject({ code: 'query.timeout', facts: { limitMs: 100 } })
  } finally {
    await narrow.close()
  }
  expect(await left()).toBe(before)
})

test.each([
  ['selct 1', 'input.invalid', '"selct" begins no statement', 'Did you mean select?'],
  ['  -- all\nwiht x as (select 1) table x', 'input.invalid', '"wiht" begins no statement', 'Did you mean with?'],
  ['frobnicate', 'input.invalid', '"frobnicate" begins no statement', 'A query begins with select, with, values, table, explain or show.'],
  ['-- nothing', 'input.invalid', 'there is no statement', 'A query begins with select, with, values, table, explain or show.'],
  ['update t set a = 1', 'request.denied', 'only queries run here', 'Change the schema with a migration and rows with a load or a model.'],
  ['vacuum', 'request.denied', 'only queries run here', 'Change the schema with a migration and rows with a load or a model.'],
])('%j is refused as what it is', async (sql, code, message, next) => {
  await expect(client.warehouse.query({ params, body: { sql } })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
    next,
  })
})
