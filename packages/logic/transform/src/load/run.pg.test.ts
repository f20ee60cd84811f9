import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import {
  bigint,
  boolean,
  dataset,
  date,
  decimal,
  double,
  integer,
  jsonb,
  load,
  type Model,
  model,
  rawSql,
  sql,
  text,
  timestamp,
} from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { DatasetRef } from '@sluice/core'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import type { Warehouse } from '@sluice/warehouse'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { runModel } from '../model/run.ts'
import { runLoad } from './run.ts'

const columns = {
  id: integer({ notNull: true }),
  word: text(),
  price: decimal(38, 18),
  size: bigint(),
  weight: double(),
  yes: boolean(),
  day: date(),
  seen_at: timestamp(),
  extra: jsonb(),
}
const into = dataset('public.things', { on: 'warehouse', columns: { ...columns, mot: text() }, key: ['id'] })
const things = dataset('silver.things', { on: 'lake', columns })
const thingsOf = (rows: string) => model({ into: things, refresh: 'batch', query: () => sql`${rawSql(rows)}` }) as unknown as Model
const crossing = load({ from: things, into, mode: 'append', columns: { mot: 'word' } })

const exotic = `select 1 as id, '' as word, '12345678901234567890.123456789012345678'::decimal(38,18) as price, 9223372036854775807 as size,
    1e-300 as weight, true as yes, date '0044-03-15' as day, timestamptz '2026-11-21 03:30:00.123456+00' as seen_at, '{"a": [1, null]}' as extra
  union all select 2, null, null, null, null, null, null, null, null
  union all select 3, 'line\r\nbreak, "quote", \\N \\. tab\t, é 漢 😀', '-0.000000000000000001', -1, 'nan'::double, false, date '9999-12-31', timestamptz '1969-12-31 23:59:59.999999+00', '"x"'
  union all select 4, '\\.', '0', 0, 'inf'::double, false, date '2026-01-01', timestamptz '2026-01-01 00:00:00+14', 'null'`

let demo: TestWarehouse
let warehouse: Warehouse
let at: Awaited<ReturnType<typeof temporaryLake>>

beforeAll(async () => {
  demo = await testWarehouse(into)
  warehouse = demo.warehouse
})
afterAll(() => demo.close())
beforeEach(async () => {
  at = await temporaryLake()
  await warehouse.pool.query('truncate things, sluice_loads, sluice_quarantine')
})
afterEach(() => at.close())

async function silver(rows: string, generation = 0, tick?: number): Promise<DatasetRef<'lake'>> {
  const write = writeTo('silver.things', { generation, ...(tick === undefined ? {} : { tick }) })
  return refTo('lake', await runModel({ model: thingsOf(rows), write, reading: testReading([things]), lake: at.lake }))
}
const of = (...refs: readonly DatasetRef[]) => testReading([things, into], { batches: { [things.id]: refs } })
const writeOf = (generation = 0, tick?: number) => ({
  ...writeTo('bronze.x', { generation, ...(tick === undefined ? {} : { tick }) }),
  dataset: 'demo:warehouse.public.things',
})
const temporaryFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-load-'))

test('every kind of value crosses unchanged, mapped by name, and the receipt names the version it was read at', async () => {
  const before = temporaryFolders()
  const ref = await silver(exotic)
  const receipt = await runLoad({ load: crossing, write: writeOf(), reading: of(ref), lake: at.lake, warehouse })
  expect(receipt).toMatchObject({
    rowsIn: 4,
    rowsWritten: 4,
    rowsQuarantined: 0,
    replayed: false,
    inputs: [{ dataset: ref.dataset, batch: ref.batch, version: ref.version }],
  })
  const rows = await warehouse.pool.query(
    `select id, word, mot = word as same, price::text, size::text, weight::text, yes, day::text, (extract(epoch from seen_at) * 1000000)::bigint::text as micros, extra::text from things order by id`,
  )
  expect(rows).toEqual([
    {
      id: 1,
      word: '',
      same: true,
      price: '12345678901234567890.123456789012345678',
      size: '9223372036854775807',
      weight: '1e-300',
      yes: true,
      day: '0044-03-15',
      micros: String(BigInt(Date.UTC(2026, 10, 21, 3, 30)) * 1000n + 123_456n),
      extra: '{"a": [1, null]}',
    },
    { id: 2, word: null, same: null, price: null, size: null, weight: null, yes: null, day: null, micros: null, extra: null },
    {
      id: 3,
      word: 'line\r\nbreak, "quote", \\N \\. tab\t, é 漢 😀',
      same: true,
      price: '-0.000000000000000001',
      size: '-1',
      weight: 'NaN',
      yes: false,
      day: '9999-12-31',
      micros: '-1',
      extra: '"x"',
    },
    {
      id: 4,
      word: '\\.',
      same: true,
      price: '0.000000000000000000',
      size: '0',
      weight: 'Infinity',
      yes: false,
      day: '2026-01-01',
      micros: String(BigInt(Date.UTC(2025, 11, 31, 10)) * 1000n),
      extra: 'null',
    },
  ])
  expect(temporaryFolders()).toEqual(before)
})

test('a batch that is loaded answers with its first receipt and the lake is not read', async () => {
  const ref = await silver(exotic)
  const options = { load: crossing, write: writeOf(), reading: of(ref), lake: at.lake, warehouse }
  const first = await runLoad(options)
  const replay = await runLoad({ ...options, reading: of({ ...ref, version: '999' }) })
  expect(replay).toMatchObject({ ...first, replayed: true })
})

test('only the batch crosses, at the version of the reference; a raised generation replaces exactly its rows', async () => {
  const row = (id: number, word: string) =>
    `select ${id} as id, '${word}' as word, null as price, null as size, null::double as weight, null::boolean as yes, null::date as day, null::timestamptz as seen_at, null as extra`
  const early = await silver(row(1, 'early'), 0, 1_000)
  const later = await silver(row(2, 'later'), 0, 2_000)
  await silver(row(2, 'reprocessed'), 1, 2_000)
  await runLoad({ load: crossing, write: writeOf(0, 1_000), reading: of(early), lake: at.lake, warehouse })
  await runLoad({ load: crossing, write: writeOf(0, 2_000), reading: of(later), lake: at.lake, warehouse })
  const words = async () => (await warehouse.pool.query<{ word: string }>('select word from things order by id')).map((found) => found.word)
  expect(await words()).toEqual(['early', 'later'])
  const again = await silver(row(2, 'again'), 2, 2_000)
  await runLoad({ load: crossing, write: writeOf(1, 2_000), reading: of(again), lake: at.lake, warehouse })
  expect(await words()).toEqual(['early', 'again'])
})

test('the temporary file is gone after a failure too, and after an abort nothing is loaded', async () => {
  const before = temporaryFolders()
  const ref = await silver(exotic)
  const options = { load: crossing, write: writeOf(), reading: of(ref), lake: at.lake, warehouse }
  // As no author can declare it: it fails where the lake is read.
  const wrong = { ...crossing, columns: { ...crossing.columns, id: 'none' } }
  await expect(runLoad({ ...options, load: wrong })).rejects.toMatchObject({ code: 'definition.invalid' })
  await expect(runLoad({ ...options, signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow('cancelled')
  expect(temporaryFolders()).toEqual(before)
  expect(await warehouse.pool.query('select * from things')).toEqual([])
})

test('several batches at hand cross as one', async () => {
  const row = (id: number) => exotic.replace('select 1 as id', `select ${id} as id`).split('union all')[0] ?? ''
  const refs = [await silver(row(1), 0, 1_000), await silver(row(2), 0, 2_000)]
  await silver(row(3), 0, 3_000)
  const receipt = await runLoad({ load: crossing, write: writeOf(), reading: of(...refs), lake: at.lake, warehouse })
  expect(receipt).toMatchObject({ rowsIn: 2, rowsWritten: 2, inputs: refs.map(({ batch }) => ({ batch })) })
  expect(await warehouse.pool.query('select id from things order by id')).toEqual([{ id: 1 }, { id: 2 }])
})
