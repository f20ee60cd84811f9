import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckConnection, type DuckDB, escapeGlob, fileList, openDuckDB, quoteIdentifier, quoteLiteral } from './index.ts'

let duck: DuckDB
let connection: DuckConnection
beforeAll(async () => {
  duck = await openDuckDB({ threads: 2, memoryLimitMb: 512 })
  connection = await duck.connect()
})
afterAll(() => duck.close())

test('integers up to 2^53 are numbers, larger ones and decimals are text', async () => {
  const sql =
    'select 9007199254740991::bigint as a, 9007199254740992::bigint as b, 1.10::decimal(38,18) as c, sum(7) as d, -1::utinyint::int as e'
  await expect(connection.rows(sql.replace('-1::utinyint::int', '-1::int'))).resolves.toEqual([
    { a: 9007199254740991, b: '9007199254740992', c: '1.100000000000000000', d: 7, e: -1 },
  ])
})

test('instants are ISO-8601 in UTC whatever the zone of the process, dates are plain', async () => {
  const sql = `select timestamptz '2024-03-31 01:30:00.123456+02' as a, timestamp '2024-01-01 00:00:00' as b, date '2024-02-29' as c,
    timestamp '1969-12-31 23:59:59.999999' as d, timestamptz 'infinity' as e`
  await expect(connection.rows(sql)).resolves.toEqual([
    { a: '2024-03-30T23:30:00.123456Z', b: '2024-01-01T00:00:00.000Z', c: '2024-02-29', d: '1969-12-31T23:59:59.999999Z', e: 'infinity' },
  ])
  await expect(connection.value("select current_setting('TimeZone')")).resolves.toBe('UTC')
})

test('nested values, maps, binary, NaN survive JSON', async () => {
  const sql = `select {'x': [1::bigint, null], 'when': timestamp '2024-01-01'} as s, map {'k': 2.5::decimal(4,2)} as m, 'ab'::blob as b, 'nan'::double as n`
  const rows = await connection.rows(sql)
  expect(rows).toEqual([{ s: { x: [1, null], when: '2024-01-01T00:00:00.000Z' }, m: { k: '2.50' }, b: 'YWI=', n: 'NaN' }])
  expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
})

test('parameters bind by position and by name', async () => {
  await expect(connection.value('select ? || ?', ['a', 'b'])).resolves.toBe('ab')
  await expect(connection.value('select $n + 1', { n: 41 })).resolves.toBe(42)
  await expect(connection.value('select 1 where false')).resolves.toBeNull()
})

test('a stream yields every row in chunks, and keeps other statements off its connection', async () => {
  let seen = 0
  let chunks = 0
  for await (const chunk of connection.stream<{ i: number }>('select range::int as i from range(10000)')) {
    if (chunks === 0) await expect(connection.rows('select 1')).rejects.toMatchObject({ code: 'duckdb.failed' })
    for (const row of chunk) expect(row.i).toBe(seen++)
    chunks++
  }
  expect(seen).toBe(10_000)
  expect(chunks).toBeGreaterThan(1)
  for await (const _ of connection.stream('select * from range(100000)')) break
  await expect(connection.value('select 7')).resolves.toBe(7)
})

test('a failing statement is a SluiceError with the start of its SQL', async () => {
  const sql = `select nope /* ${'x'.repeat(500)} */`
  const error: unknown = await connection.rows(sql).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'SluiceError', code: 'duckdb.failed', facts: { sql: sql.slice(0, 200) } })
  for (const kind of ['stream'] as const) {
    await expect(connection[kind]('select error(range::varchar) from range(3)').next()).rejects.toMatchObject({ code: 'duckdb.failed' })
  }
})

test('an interrupted statement fails and the connection lives on', async () => {
  const running = connection.value('select count(*) from range(1000000000000) a where hash(range) = 1')
  const timer = setInterval(() => connection.interrupt(), 5)
  await expect(running).rejects.toMatchObject({ code: 'duckdb.failed' })
  clearInterval(timer)
  await expect(connection.value('select 1')).resolves.toBe(1)
})

test('a sort larger than the memory limit spills to the temporary directory', async () => {
  const tempDirectory = mkdtempSync(join(tmpdir(), 'duck '))
  const small = await openDuckDB({ memoryLimitMb: 64, threads: 1, tempDirectory })
  try {
    const c = await small.connect()
    const sql =
      'select sum(n) from (select row_number() over (order by hash(range)) as n, repeat(range::varchar, 5) as pad from range(1500000)) where length(pad) > 0'
    await expect(c.value(sql)).resolves.toBe((1_500_000 * 1_500_001) / 2)
  } finally {
    small.close()
    rmSync(tempDirectory, { recursive: true })
  }
})

test('nothing is loaded or installed by itself', async () => {
  await expect(connection.rows("select * from read_csv('https://127.0.0.1:1/x.csv')")).rejects.toMatchObject({ code: 'duckdb.failed' })
  await expect(connection.value("select current_setting('autoinstall_known_extensions')")).resolves.toBe(false)
})

test('quoting survives hostile names', async () => {
  const name = 'a"b\'; drop table x; --'
  await expect(connection.rows(`select ${quoteLiteral(name)} as ${quoteIdentifier(name)}`)).resolves.toEqual([{ [name]: name }])
  const folder = mkdtempSync(join(tmpdir(), 'duck-'))
  const odd = join(folder, "[a]*?'.parquet")
  await connection.run(`copy (select 1 as a) to ${quoteLiteral(odd)} (format parquet)`)
  await connection.run(`copy (select 2 as a) to ${quoteLiteral(join(folder, "axx'.parquet"))} (format parquet)`)
  await expect(connection.rows(`from read_parquet(${fileList([odd])})`)).resolves.toEqual([{ a: 1 }])
  expect(escapeGlob('a[1]*?')).toBe('a[[]1][*][?]')
  rmSync(folder, { recursive: true })
})

test('what a statement spills to the disk has a ceiling', async () => {
  const tempDirectory = mkdtempSync(join(tmpdir(), 'sluice-spill-'))
  const duckdb = await openDuckDB({ memoryLimitMb: 40, threads: 1, tempDirectory, spillLimitMb: 2 })
  const connection = await duckdb.connect()
  const sorted = 'CREATE TEMP TABLE sorted AS SELECT md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS h FROM range(3000000) t(i) ORDER BY h'
  await expect(connection.run(sorted)).rejects.toMatchObject({ code: 'disk.full' })
  duckdb.close()
  rmSync(tempDirectory, { recursive: true, force: true })
})
