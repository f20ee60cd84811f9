import { bigint, boolean, dataset, date, decimal, double, integer, jsonb, text, timestamp } from '@sluice/author'
import { type BatchWrite, qualityErrors } from '@sluice/core'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTableSql } from '../ddl/create-table.ts'
import { platformMigrations } from '../migrate/platform-migrations.ts'
import { loadBatch } from './load-batch.ts'
import { queryFaults } from './query-faults.ts'

const kinds = {
  text: text(),
  integer: integer(),
  bigint: bigint(),
  double: double(),
  boolean: boolean(),
  date: date(),
  timestamp: timestamp(),
  decimal: decimal(38, 9),
  json: jsonb(),
}
const tables = Object.entries(kinds).map(([kind, column]) => dataset(`public.of_${kind}`, { on: 'warehouse', columns: { v: column } }))

/** Values of each type, among them those that most kinds of columns can hold. */
const values = [
  'true',
  '1::smallint',
  '1::integer',
  '1::bigint',
  '1::real',
  '1::double precision',
  '1::numeric',
  "'2026-11-29'::date",
  "'2026-11-29 00:00'::timestamp",
  "'2026-11-29 00:00Z'::timestamptz",
  "'12:00'::time",
  "'12:00Z'::timetz",
  "'1 day'::interval",
  "'11111111-1111-1111-1111-111111111111'::uuid",
  "'1'::text",
  "'2026-11-29'::varchar(20)",
  "'1'::jsonb",
]

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await testDatabase({ migrations: await platformMigrations() })
  pool = openPool(database.url, { max: 2 })
  for (const statement of tables.flatMap((each) => createTableSql(each))) await pool.query(statement)
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** Whether a run stores the value; what it cannot is quarantined. */
async function isStored(table: (typeof tables)[number], value: string, place: number): Promise<boolean> {
  const dataset = `demo:${table.id}`
  const write: BatchWrite = {
    project: 'demo',
    pipeline: 'p',
    task: 't',
    dataset,
    run: '1',
    attempt: 1,
    batch: `${place}`.padStart(32, '0'),
    generation: 0,
    logicalTime: 0,
    inputs: [],
  }
  try {
    await loadBatch(pool, { write, table, mode: 'append', source: { text: `select ${value} as v`, params: [] } })
    return true
  } catch (thrown) {
    if (qualityErrors.failed.is(thrown)) return false
    throw thrown
  }
}

test.each(tables)(
  'what a column of $name is refused before a run, no run could have stored, and the rest has values that are',
  async (table) => {
    for (const [place, value] of values.entries()) {
      const faults = await pool.withConnection((tx) => queryFaults(tx, table, 'append', { text: `select ${value} as v`, params: [] }))
      const stored = await isStored(table, value, place)
      if (faults.length > 0) expect([value, stored]).toEqual([value, false])
      // A text may be anything, so only its rows are judged.
      else if (!/text|varchar/.test(value)) expect([value, stored]).toEqual([value, true])
    }
  },
)

test('a column of an upsert that its key lacks is told', async () => {
  const keyed = dataset('public.keyed', { on: 'warehouse', columns: { id: integer({ default: '1' }), v: text() }, key: ['id'] })
  const query = { text: "select 'a' as v", params: [] }
  const faults = await pool.withConnection((tx) => queryFaults(tx, keyed, 'upsert', query))
  expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('an upsert needs the whole primary key')])
})
