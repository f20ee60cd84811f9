import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDB } from '@sluice/duckdb'
import { type AnswerProcesses, openAnswerProcesses, openLakes, type ProjectLakes } from '@sluice/lake'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { openWarehouse, type Warehouse } from '@sluice/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: TestDatabase
let warehouse: Warehouse
let lakes: ProjectLakes
let folder: string
let answers: AnswerProcesses

beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'sluice-same-json-'))
  warehouse = openWarehouse({ database: { url: database.url }, project: 'shop', timeZone: 'Europe/Paris', maxConnections: 2 })
  answers = openAnswerProcesses({ place: { folder }, scratch: join(folder, 'answers'), threads: 1 })
  lakes = openLakes({ storage: folder, projects: ['shop'], duckdb: () => openDuckDB({ threads: 1 }), answers })
})
afterAll(async () => {
  await warehouse.close()
  await database.drop()
  await answers.close()
  await rm(folder, { recursive: true, force: true })
})

/** The value in the SQL of both, or of PostgreSQL and of DuckDB; and what both give for it. */
test.each<readonly [string | readonly [postgres: string, duckdb: string], unknown]>([
  ["timestamptz '2026-01-02 03:04:05.12+01'", '2026-01-02T02:04:05.120Z'],
  ["timestamptz '2026-01-02 03:04:05.123456+00'", '2026-01-02T03:04:05.123456Z'],
  ["timestamptz '1969-12-31 23:59:59.999999+00'", '1969-12-31T23:59:59.999999Z'],
  [["timestamptz '0044-03-15 00:00:00+00 BC'", "timestamptz '0044-03-15 (BC) 00:00:00+00'"], '-000043-03-15T00:00:00.000Z'],
  ["timestamptz 'infinity'", 'infinity'],
  ["timestamptz '-infinity'", '-infinity'],
  ["timestamp '2026-07-02 03:04:05'", '2026-07-02T03:04:05.000Z'],
  [
    ["array[timestamptz '2026-01-02 00:00:00+00', null]", "[timestamptz '2026-01-02 00:00:00+00', null]"],
    ['2026-01-02T00:00:00.000Z', null],
  ],
  ["date '2026-01-02'", '2026-01-02'],
  ["date 'infinity'", 'infinity'],
  ["time '03:04:05.5'", '03:04:05.5'],
  ["interval '1 year 2 months 3 days 04:05:06.7'", 'P1Y2M3DT4H5M6.7S'],
  ["interval '-1 day -00:00:00.5'", 'P-1DT-0.5S'],
  ["interval '0 days'", 'PT0S'],
  ['cast(1.50 as decimal(10,2))', '1.50'],
  ['cast(-0.000000000000000001 as decimal(38,18))', '-0.000000000000000001'],
  [
    ['array[1.5::decimal(5,2), null]', '[1.5::decimal(5,2), null]'],
    ['1.50', null],
  ],
  ['cast(9007199254740991 as bigint)', 9_007_199_254_740_991],
  ['cast(9007199254740993 as bigint)', '9007199254740993'],
  [["'NaN'::float8", "'NaN'::double"], 'NaN'],
  [["'-Infinity'::float8", "'-Infinity'::double"], '-Infinity'],
  [['0.1::float8', '0.1::double'], 0.1],
  [['0.1::float4', '0.1::float'], 0.1],
  [['16777216::float4', '16777216::float'], 16_777_216],
  ['true', true],
  ['null', null],
  [["'\\xab00ff'::bytea", "'\\xab\\x00\\xff'::blob"], 'qwD/'],
  [
    ["'6d3d2541-cae4-45a5-ae09-5bfb44ca5ac8'::uuid", "'6d3d2541-cae4-45a5-ae09-5bfb44ca5ac8'::uuid"],
    '6d3d2541-cae4-45a5-ae09-5bfb44ca5ac8',
  ],
  [
    [
      `'{"a": [1, 9007199254740993], "b": {"c": 0.1234567890123456789}}'::jsonb`,
      `'{"a": [1, 9007199254740993], "b": {"c": 0.1234567890123456789}}'::json`,
    ],
    { a: [1, '9007199254740993'], b: { c: '0.1234567890123456789' } },
  ],
  [[`jsonb_build_object('at', 1, 'list', array['x'])`, `struct_pack("at" := 1, list := ['x'])`], { at: 1, list: ['x'] }],
])('%s is one JSON, asked of the warehouse and of the lake', async (value, expected) => {
  const [postgres, duckdb] = typeof value === 'string' ? [value, value] : value
  const { rows } = await warehouse.sqlText(`select ${postgres} as value`)
  const answer = await (await lakes.named('shop')).answer(`select ${duckdb} as value`, {}, new AbortController().signal)
  expect(JSON.parse(JSON.stringify([rows[0]?.[0], answer.rows[0]?.[0]]))).toEqual([expected, expected])
})
