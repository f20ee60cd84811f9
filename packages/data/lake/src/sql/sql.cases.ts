import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, type Columns, date, decimal, text, timestamp } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import type { Row } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../index.ts'
import { onLocalDisk, pagesOf, temporaryLake, writeRows, writeTo } from '../testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
const columns = { id: bigint(), day: date(), price: decimal(38, 18), word: text(), seen_at: timestamp() } satisfies Columns

async function commit(dataset: string, tick: number, first: number, count: number): Promise<void> {
  const select = `SELECT range::BIGINT AS id, DATE '2026-11-20' + (range % 3)::INTEGER AS day, (range * 1.25)::DECIMAL(38,18) AS price,
    CASE range % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'it''s "x"' END AS word,
    TIMESTAMPTZ '2026-11-21 03:30:00+00' + INTERVAL (range) SECOND AS seen_at FROM range(${first}, ${first + count})`
  await writeRows(at.lake, { write: writeTo(dataset, { tick }), columns, partitionBy: ['day'], select, count })
}

beforeAll(async () => {
  at = await temporaryLake()
  await commit('silver.rows', 1, 0, 10)
  await commit('silver.rows', 2, 10, 10)
  await commit('silver.names', 1, 0, 4)
  await at.lake.land(writeTo('bronze.pages'), pagesOf('{"id": 3}', '{"id": 4}'))
  const home = 'bronze/legacy é'
  await at.put(join(home, 'a.csv'), 'id,label\n1,one\n2,two\n')
  await at.put(join(home, 'b.csv'), 'id,label\n3,three\n')
  await at.put(join(home, 'rows.jsonl'), '{"id":1,"deep":{"n":[1,2]}}\n{"id":9}\n')
  writeFileSync(join(tmpdir(), 'sluice-secret.csv'), 'a\nsecret\n')
  if (onLocalDisk()) symlinkSync(join(tmpdir(), 'sluice-secret.csv'), join(at.files.root, home, 'link.csv'))
})
afterAll(() => at.close())

async function ask(sql: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const chunk of at.lake.sql(sql)) rows.push(...chunk)
  return rows
}
const one = async (sql: string) => Object.values((await ask(sql))[0] ?? {})[0]

test('a query joins Delta tables, bronze, CSV and JSON by their names', async () => {
  expect(
    await ask(`
      SELECT r.id, c.label, j.deep.n AS n, r.seen_at, r.price
      FROM silver.rows r JOIN 'bronze/legacy é/a.csv' c USING (id) JOIN "bronze/legacy é/rows.jsonl" j USING (id)
      WHERE EXISTS (SELECT 1 FROM silver.names WHERE silver.names.id = r.id)`),
  ).toEqual([{ id: 1, label: 'one', n: [1, 2], seen_at: '2026-11-21T03:30:01.000Z', price: '1.250000000000000000' }])
  expect(await ask(`SELECT (payload->>'id')::INT AS id FROM bronze.pages ORDER BY 1 DESC`)).toEqual([{ id: 4 }, { id: 3 }])
  expect(await one(`SELECT count(*) FROM 'bronze/legacy é/?.csv'`)).toBe(3)
})

test('names may be quoted, of any case, with the project before them, with the schema before a column, and behind comments', async () => {
  for (const name of [
    'silver.rows',
    'SILVER.Rows',
    '"silver"."rows"',
    '"silver.rows"',
    '"demo:lake.silver.rows"',
    'demo.silver.rows',
    'silver /* no */ . rows',
  ]) {
    expect([name, await one(`SELECT count(*) /* silver.rows */ FROM -- from silver.x\n ${name};`)]).toEqual([name, 20])
  }
  expect(await one(`SELECT max(silver.rows.id) FROM silver.rows WHERE silver . rows . word = 'it''s "x"' AND 'é' <> 'silver.rows'`)).toBe(
    17,
  )
  expect(await one('FROM silver.rows SELECT count(*)')).toBe(20)
  expect(await one('SELECT count(*) FROM silver.rows AS r(n) WHERE n < 5')).toBe(5)
})

test('names of the query itself stay its own', async () => {
  expect(await one('WITH rows AS (SELECT 1 AS x) SELECT x FROM rows')).toBe(1)
  expect(await one('WITH a AS (SELECT count(*) AS n FROM silver.rows), b AS (SELECT n + 1 AS n FROM a) SELECT n FROM b')).toBe(21)
  expect(
    await one('WITH RECURSIVE t AS (SELECT min(id) AS n FROM silver.rows UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT max(n) FROM t'),
  ).toBe(5)
  await expect(ask('SELECT * FROM (WITH x AS (SELECT 1) FROM x), x')).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
})

test('a table is read as of a version or an instant, beside itself as it is', async () => {
  const versions = await at.lake.history('silver.rows')
  const first = versions.find(({ version }) => version === '1')?.writtenAt ?? 0
  expect(await one('SELECT count(*) FROM silver.rows AT (VERSION => 1)')).toBe(10)
  expect(await one(`SELECT count(*) FROM silver.rows r AT (TIMESTAMP => '${new Date(first).toISOString()}')`)).toBe(10)
  expect(
    await one('SELECT count(*) FROM silver.rows new LEFT JOIN silver.rows old AT (VERSION => 1) USING (id) WHERE old.id IS NULL'),
  ).toBe(10)
  await expect(ask('SELECT * FROM silver.rows AT (VERSION => 99)')).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(ask('SELECT * FROM bronze.pages AT (VERSION => 1)')).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(ask('SELECT * FROM silver.rows VERSION AS OF 1')).rejects.toMatchObject({
    next: expect.stringContaining('AT (VERSION => 3)'),
  })
})

test('one version of a table answers a whole query, whatever is committed meanwhile', async () => {
  await commit('silver.moving', 1, 0, 5)
  const connection = await at.lake.connect()
  const pinned = await at.lake.compile(
    connection,
    'SELECT (SELECT count(*) FROM silver.moving) = count(*) AS same, count(*) AS n FROM silver.moving',
  )
  await commit('silver.moving', 2, 5, 5)
  expect(await connection.rows(pinned)).toEqual([{ same: true, n: 5 }])
  connection.close()
})

test('an unknown name is refused with near ones and its place', async () => {
  await expect(ask('SELECT *\nFROM silver.rosw')).rejects.toMatchObject({
    code: 'lake.dataset_unknown',
    message: expect.stringContaining('line 2, column 6'),
    next: 'Did you mean silver.rows?',
  })
  await expect(ask('SELECT * FROM rows')).rejects.toMatchObject({ next: 'Did you mean silver.rows?' })
  await expect(ask('SELECT * FROM silver.rows__quarantine')).rejects.toMatchObject({
    next: 'Nothing of silver.rows was ever left out: its quarantine appears with the first row that is.',
  })
  await expect(ask('SELEC 1')).rejects.toMatchObject({ code: 'input.invalid', message: expect.stringContaining('line 1, column 1') })
  await expect(ask("SELECT 1 FROM 'bronze/none.csv'")).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(ask('SELECT nope FROM silver.rows')).rejects.toMatchObject({ message: expect.stringContaining('nope') })
})

test.each([
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM (SELECT 1), LATERAL (SELECT * FROM read_text('/etc/passwd'))",
  "SELECT (SELECT content FROM read_text('/etc/passwd'))",
  "SELECT getenv('HOME')",
  "SELECT 1 WHERE current_setting('temp_directory') = ''",
  "SELECT * FROM query('select 1')",
  "SELECT * FROM query_table(['silver.rows'])",
  "SELECT * FROM glob('/*')",
  'SELECT * FROM duckdb_settings()',
  "SELECT write_log('x')",
  'SHOW TABLES',
])('%s reaches beyond the lake and is refused', async (sql) => {
  await expect(ask(sql)).rejects.toMatchObject({ code: 'request.denied' })
})

test.each([
  "COPY (SELECT 1) TO '/tmp/x'",
  "ATTACH '/tmp/x' AS y",
  'PRAGMA version',
  'SET threads = 1',
  'CREATE TABLE x (a INT)',
  'INSERT INTO silver.rows SELECT 1',
  'SELECT 1; SELECT 2',
  'INSTALL httpfs',
  '',
  '-- nothing',
])('"%s" is not a query', async (sql) => {
  await expect(ask(sql)).rejects.toMatchObject({ code: 'input.invalid' })
})

test.each([
  '/etc/passwd.csv',
  '../../secret.csv',
  'bronze/../../x.csv',
  'https://example.org/x.csv',
  'bronze/legacy é/link.csv',
  'bronze/*/link.csv',
])('the file %s is outside of the lake', async (path) => {
  await expect(ask(`SELECT * FROM '${path}'`)).rejects.toMatchObject({ code: expect.stringMatching(/input.invalid|lake.dataset_unknown/) })
})

test('DESCRIBE, SUMMARIZE, PIVOT, samples and duplicate names pass', async () => {
  expect((await ask('DESCRIBE silver.rows')).map((row) => row.column_name)).toEqual([...Object.keys(columns), '_batch'])
  expect(await ask('SUMMARIZE silver.rows')).toHaveLength(6)
  expect(await ask("SELECT * FROM (SELECT id, day FROM silver.rows) PIVOT (count(id) FOR day IN ('2026-11-20', '2026-11-21'))")).toEqual([
    { '2026-11-20': 7, '2026-11-21': 7 },
  ])
  expect(await one('SELECT count(*) > 0 FROM silver.rows TABLESAMPLE 100%')).toBe(true)
  expect(await ask('SELECT 1 AS a, 2 AS a')).toEqual([{ a: 1, a_1: 2 }])
})

test('random queries give what the same queries give over the scans themselves', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const connection = await at.lake.connect()
  const scan = async (name: string, version?: number) =>
    `(${await at.lake.scan(connection, name, version === undefined ? {} : { version })})`
  for (let round = 0; round < 25; round++) {
    const version = 1 + random.integer(2)
    const where = ['a.id % 2 = 0', "a.day = DATE '2026-11-21'", 'a.word IS NULL', `a.id < ${random.integer(20)}`, "a.word = ''"][
      random.integer(5)
    ]
    const shape = [
      (a: string, b: string) => `SELECT a.*, b.id AS other FROM ${a} LEFT JOIN ${b} USING (id) WHERE ${where} ORDER BY a.id`,
      (a: string, b: string) =>
        `SELECT day, sum(price) AS p FROM ${a} WHERE ${where} AND id IN (SELECT id FROM ${b}) GROUP BY ALL ORDER BY ALL`,
      (a: string, b: string) =>
        `WITH x AS (SELECT id, word FROM ${a} WHERE ${where}) SELECT * FROM x UNION ALL SELECT b.id, b.word FROM ${b} ORDER BY ALL`,
    ][random.integer(3)]
    const asked = shape?.(`silver.rows a AT (VERSION => ${version})`, 'silver.names b') ?? ''
    const direct = shape?.(`${await scan('silver.rows', version)} a`, `${await scan('silver.names')} b`) ?? ''
    expect(await ask(asked), `SLUICE_SEED=${seed}: ${asked}`).toEqual(await connection.rows(direct))
  }
  connection.close()
})

test("another project's table is named by its full id", async () => {
  const other = openLake({ storage: at.lake.storage, project: 'other', duckdb: async () => at.duck })
  const rows: Row[] = []
  for await (const chunk of other.sql('SELECT count(*) AS n FROM "demo:lake.silver.rows"')) rows.push(...chunk)
  expect(rows).toEqual([{ n: 20 }])
})
