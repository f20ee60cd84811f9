import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bigint,
  dataset,
  date,
  decimal,
  double,
  integer,
  jsonb,
  type Pull,
  pull,
  type SqlSource,
  sqlSource,
  text,
  timestamp,
} from '@sluice/author'
import { type BatchWrite, batchId } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { type Lake, openLake } from '@sluice/lake'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing/database'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { previewRows } from './look-at-rows.ts'
import { pullRows } from './pull-rows.ts'

let database: TestDatabase
let pool: Pool
let duckdb: DuckDB
let folder: string
let lake: Lake
const told: string[] = []
const tell = (message: string): void => void told.push(message)
const log = { debug: tell, info: tell, warn: tell, error: tell }

const columns = {
  id: bigint({ notNull: true }),
  name: text(),
  price: decimal(20, 4),
  share: double(),
  day: date(),
  at: timestamp(),
  tags: jsonb(),
  n: integer(),
}
const whole = dataset('silver.whole', { on: 'lake', columns })
const keyed = dataset('silver.keyed', { on: 'lake', columns, key: ['id'], order: 'at' })
const unordered = dataset('silver.unordered', { on: 'lake', columns, key: ['id'] })
const full = sqlSource({ connection: 'shop', table: 'orders', mode: 'full' })
const changed = sqlSource({ name: 'changed', connection: 'shop', table: 'orders', mode: { incremental: 'at', overlap: '1h' } })
const steps = {
  whole: pull({ from: full, into: whole }),
  keyed: pull({ from: changed, into: keyed }),
  unordered: pull({ from: changed, into: unordered }),
}

beforeAll(async () => {
  database = await testDatabase()
  pool = openPool(database.url, { max: 3 })
  duckdb = await openDuckDB({ threads: 2 })
})
afterAll(async () => {
  duckdb.close()
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice pulled rows '))
  lake = openLake({ storage: folder, project: 'shop', duckdb: async () => duckdb })
  told.length = 0
  await pool.query(`drop table if exists orders cascade;
    create table orders (id bigint primary key, name text, price numeric, share float8, day date, at timestamptz, tags jsonb, n int)`)
  return () => rm(folder, { recursive: true, force: true })
})

const hour = 3_600_000
let runs = 0
/** @param tick the logical time of the run, in hours; each call without a batch of its own is another run */
function writeFor(
  { into }: Pull,
  { tick = ++runs, generation = 0 }: { readonly tick?: number; readonly generation?: number } = {},
): BatchWrite {
  const identity = { project: 'shop', pipeline: 'p', task: 'pull', dataset: `shop:${into.id}` }
  const batch = batchId({ ...identity, mapKey: null, runKey: `scheduled:${tick}`, write: 'main' })
  const logicalTime = tick * hour
  return { ...identity, run: `run ${tick}`, attempt: 1, batch, generation, logicalTime, inputs: [] }
}

const pulled = (step: Pull, of: Parameters<typeof writeFor>[1] = {}) =>
  pullRows({
    pull: step as Pull & { readonly from: SqlSource },
    write: writeFor(step, of),
    database: { name: 'shop', type: 'postgres', url: database.url },
    lake,
    log,
  })

async function inLake(name: string): Promise<readonly unknown[]> {
  const rows: unknown[] = []
  const connection = await lake.connect()
  try {
    const select = await lake.scan(connection, name)
    const texts = `id, name, price::VARCHAR AS price, share::VARCHAR AS share, day::VARCHAR AS day, epoch_us("at")::VARCHAR AS "at", tags::VARCHAR AS tags, n`
    rows.push(...(await connection.rows(`SELECT ${texts} FROM (${select}) ORDER BY id`)))
  } finally {
    connection.close()
  }
  return rows
}

const inSource = async (where = ''): Promise<readonly unknown[]> =>
  await pool.query(`select id, name, price::numeric(20,4)::text as price, case when share = trunc(share) and abs(share) < 1e15 then share::numeric || '.0' else share::text end as share,
    day::text as day, (extract(epoch from at) * 1000000)::bigint::text as at, tags::text as tags, n from orders ${where} order by id`)

const insert = async (values: string): Promise<unknown> => await pool.query(`insert into orders values ${values}`)

test('a full pull leaves the dataset as the source is: changed, new and deleted rows, to the last digit', async () => {
  await insert(
    `(1, 'a', 1234567890123456.7891, 0.1, '2026-01-02', '2026-01-02 03:04:05.000001+00', '{"x": 1.10}', 5), (2, '', null, null, null, null, null, null)`,
  )
  expect(await pulled(steps.whole)).toMatchObject({
    rowsIn: 2,
    rowsWritten: 2,
    replayed: false,
    slice: { source: 'orders', since: null, greatest: null },
  })
  expect(await inLake('silver.whole')).toEqual(await inSource())
  await pool.query(`delete from orders where id = 1; update orders set name = 'b' where id = 2; insert into orders (id) values (3)`)
  await pulled(steps.whole)
  expect(await inLake('silver.whole')).toEqual(await inSource())
  await pool.query('delete from orders')
  expect(await pulled(steps.whole)).toMatchObject({ rowsIn: 0, rowsWritten: 0 })
  expect(await inLake('silver.whole')).toEqual([])
})

test('a batch that is written is not read again, and a cleared one is', async () => {
  await insert(`(1, 'a', 1, 1.5, null, null, null, 1)`)
  const first = await pulled(steps.whole, { tick: 100 })
  await pool.query(`update orders set name = 'z'`)
  expect(await pulled(steps.whole, { tick: 100 })).toMatchObject({ batch: first.batch, version: first.version, replayed: true })
  expect(await inLake('silver.whole')).toMatchObject([{ name: 'a' }])
  await pulled(steps.whole, { tick: 100, generation: 1 })
  expect(await inLake('silver.whole')).toMatchObject([{ name: 'z' }])
})

test('an incremental pull begins at the greatest value seen, less the overlap, and finds rows that became visible late', async () => {
  await insert(`(1, 'a', 1, 1.5, null, '2026-01-01 10:00+00', null, 1), (2, 'b', 2, 1.5, null, '2026-01-01 12:00+00', null, 1)`)
  expect(await pulled(steps.keyed)).toMatchObject({ rowsIn: 2, slice: { since: null, greatest: '2026-01-01 12:00:00+00' } })
  await insert(`(3, 'late', 3, 1.5, null, '2026-01-01 11:00+00', null, 1), (4, 'too late', 4, 1.5, null, '2026-01-01 10:59+00', null, 1)`)
  await pool.query(`update orders set name = 'b2', at = '2026-01-01 12:30+00' where id = 2`)
  const second = await pulled(steps.keyed)
  expect(second).toMatchObject({ rowsIn: 2, slice: { since: '2026-01-01 11:00:00+00', greatest: '2026-01-01 12:30:00+00' } })
  expect(await inLake('silver.keyed')).toEqual(await inSource('where id <> 4'))
  expect(await pulled(steps.keyed)).toMatchObject({
    rowsIn: 1,
    slice: { since: '2026-01-01 11:30:00+00', greatest: '2026-01-01 12:30:00+00' },
  })
  expect(told).toContain('read 1 rows of changed from 2026-01-01 11:30:00+00 on')
  await pool.query('delete from orders where id = 2')
  expect(await pulled(steps.keyed)).toMatchObject({ rowsIn: 0, slice: { greatest: '2026-01-01 12:30:00+00' } })
  const behind = 'changed: the greatest at there is 2026-01-01 11:00:00+00, and pulls have seen 2026-01-01 12:30:00+00'
  expect(told).toContainEqual(expect.stringContaining(behind))
})

test('clearing an old run reads its slice again from where it began, and takes nothing of the others away', async () => {
  await insert(`(1, 'a', 1, 1.5, null, '2026-01-01 10:00+00', null, 1)`)
  await pulled(steps.keyed, { tick: 200 })
  await insert(`(2, 'b', 2, 1.5, null, '2026-01-02 10:00+00', null, 1)`)
  await pulled(steps.keyed, { tick: 201 })
  await insert(`(3, 'c', 2, 1.5, null, '2026-01-03 10:00+00', null, 1)`)
  expect(await pulled(steps.keyed, { tick: 200, generation: 1 })).toMatchObject({ rowsIn: 3, slice: { since: null } })
  expect(await inLake('silver.keyed')).toEqual(await inSource())
  expect(await pulled(steps.keyed)).toMatchObject({ slice: { since: '2026-01-03 09:00:00+00' } })
})

test('of equal rows the one that was read last stands, whatever the logical time of its run', async () => {
  await insert(`(1, 'old', 1, 1.5, null, '2026-01-01 10:00+00', null, 1)`)
  await pulled(steps.unordered, { tick: 305 })
  await pool.query(`update orders set name = 'new'`)
  await pulled(steps.unordered, { tick: 301 })
  expect(await inLake('silver.unordered')).toMatchObject([{ name: 'new' }])
})

test('what a column cannot hold is in quarantine, and the others are written', async () => {
  await insert(`(1, 'a', 1, 1.5, null, null, null, 1), (2, 'far', 1, 1.5, '0044-03-15 BC', null, null, 1),
    (3, 'fine', 0.00001, 1.5, null, null, null, 1), (4, 'nan', 'NaN', 'NaN', null, null, null, 1), (5, 'never', 1, 'Infinity', null, 'infinity', null, 1)`)
  expect(await pulled(steps.whole)).toMatchObject({ rowsIn: 5, rowsWritten: 1, rowsQuarantined: 4 })
  const rows: unknown[] = []
  for await (const chunk of lake.read('silver.whole__quarantine'))
    rows.push(...chunk.map(({ rule, place, row_number }) => [row_number, place, rule]))
  expect(rows).toEqual([
    [2, 'day', 'range(day)'],
    [3, 'price', 'exact(price)'],
    [4, 'price', 'type(price)'],
    [5, 'at', 'type(at)'],
  ])
})

test('columns that the dataset lacks or the source lacks are told, or refused, as the source says', async () => {
  await pool.query('alter table orders add column extra text, drop column n')
  await expect(pulled(steps.whole)).rejects.toMatchObject({
    code: 'source.sql',
    message: expect.stringContaining('the column n is missing'),
  })
  const lax = sqlSource({ connection: 'shop', table: 'orders', mode: 'full', drift: 'ignore' })
  await insert(`(1, 'a', 1, 1.5, null, null, null, 'more')`)
  const receipt = await pulled(pull({ from: lax, into: whole }))
  expect(receipt.slice?.drift).toMatchObject([
    { event: 'missing', column: 'n' },
    { event: 'new', column: 'extra' },
  ])
  expect(told).toContain('orders: the column "extra" is new')
  expect(await inLake('silver.whole')).toMatchObject([{ id: 1, n: null }])
})

test('a column that is new becomes one of the table as text where the source says so, and stays until it is declared', async () => {
  await pool.query('alter table orders add column "More Words" text')
  await insert(`(1, 'a', 1, 1.5, null, '2026-01-01 10:00+00', null, 1, E'tab\\t')`)
  for (const into of [whole, keyed]) {
    const from =
      into === whole
        ? sqlSource({ connection: 'shop', table: 'orders', mode: 'full', drift: 'add' })
        : sqlSource({ connection: 'shop', table: 'orders', mode: { incremental: 'at', overlap: '1h' }, drift: 'add' })
    const receipt = await pulled(pull({ from, into: into as typeof keyed }))
    expect(receipt.slice?.drift).toEqual([{ event: 'new', column: 'More Words', policy: 'add' }])
    const rows: unknown[] = []
    for await (const chunk of lake.read(into.name)) rows.push(...chunk)
    expect(rows).toMatchObject([{ id: 1, more_words: 'tab\t' }])
  }
})

test('a column is followed under its new name by what the database knows it by, and a new one with nearly its name is not taken for it', async () => {
  await insert(`(1, 'a', 1, 1.5, null, '2026-01-01', null, 7)`)
  expect((await pulled(steps.whole)).slice?.filledBy).toMatchObject({
    id: expect.stringMatching(/^\d+\.1$/),
    n: expect.stringMatching(/^\d+\.8$/),
  })
  await pool.query('alter table orders rename column n to quantity')
  await expect(pulled(steps.whole)).rejects.toMatchObject({
    message: 'orders: the column n is missing, and "quantity" is the same one under another name, which the source refuses',
  })
  const follows = pull({ from: sqlSource({ connection: 'shop', table: 'orders', mode: 'full', drift: { renamed: 'add' } }), into: whole })
  expect((await pulled(follows)).slice?.drift).toEqual([{ event: 'renamed', column: 'n', from: 'quantity', by: 'column', policy: 'add' }])
  expect(await inLake('silver.whole')).toMatchObject([{ id: 1, n: 7 }])
  // What was followed once is followed on.
  await pool.query('alter table orders rename column quantity to pieces')
  expect((await pulled(follows)).slice?.drift).toMatchObject([{ event: 'renamed', from: 'pieces', by: 'column' }])
  await pool.query('alter table orders drop column price, add column prices numeric; update orders set prices = 5')
  await expect(pulled(follows)).rejects.toMatchObject({
    message: 'orders: the column price is missing, which the source refuses',
  })
  // A table that was made anew knows nothing of the one before it: names are looked at.
  await pool.query(
    'drop table orders; create table orders (id bigint, name text, prices numeric, share float8, day date, at timestamptz, tags jsonb, n int)',
  )
  const error = await pulled(steps.whole).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ message: expect.stringContaining('"prices" has nearly its name') })
})

test('a column that cannot be added, since the lake would take its name for another, is refused by name', async () => {
  await pool.query('alter table orders add column "ID" text')
  const from = sqlSource({ connection: 'shop', table: 'orders', mode: 'full', drift: 'add' })
  await expect(pulled(pull({ from, into: whole }))).rejects.toMatchObject({
    code: 'source.sql',
    message: expect.stringContaining('"ID" cannot be added'),
  })
})

test('a column most of whose values do not fit is retyped: refused, or told while its rows are in quarantine', async () => {
  await pool.query('alter table orders alter column n type text')
  await insert(`(1, 'a', 1, 1.5, null, null, null, 'x'), (2, 'b', 1, 1.5, null, null, null, 'y'),
    (3, 'c', 1, 1.5, null, null, null, 'z'), (4, 'd', 1, 1.5, null, null, null, '4')`)
  await expect(pulled(steps.whole)).rejects.toMatchObject({
    code: 'source.sql',
    message: 'orders: 3 of 4 values of n are not of its type, which the source refuses',
  })
  expect(await lake.receipts('silver.whole')).toEqual([])
  const lax = sqlSource({ connection: 'shop', table: 'orders', mode: 'full', drift: { retyped: 'ignore' } })
  const receipt = await pulled(pull({ from: lax, into: whole }))
  expect(receipt).toMatchObject({
    rowsWritten: 1,
    rowsQuarantined: 3,
    slice: { drift: [{ event: 'retyped', column: 'n', values: 4, misfits: 3, policy: 'ignore' }] },
  })
  expect(told).toContain('orders: 3 of 4 values of n are not of its type')
})

test('a full pull does not take the rows of another source away: it is refused, and a dataset of its own is filled', async () => {
  await insert(`(1, 'a', 1, 1.5, null, null, null, 1)`)
  await pulled(steps.whole)
  const other = sqlSource({ name: 'other', connection: 'shop', table: 'orders', mode: 'full' })
  await expect(pulled(pull({ from: other, into: whole }))).rejects.toMatchObject({
    code: 'definition.invalid',
    message: 'lake.silver.whole holds rows of the source orders, and a full pull of other would take them away',
    next: expect.stringContaining('under another name'),
  })
  expect(await pulled(steps.whole)).toMatchObject({ rowsWritten: 1 })
  const apart = dataset('silver.apart', { on: 'lake', columns })
  expect(await pulled(pull({ from: other, into: apart }))).toMatchObject({ rowsWritten: 1 })
})

test('a dataset that was filled in full is not gone on with by a key, and the way that the refusal names works', async () => {
  await insert(`(1, 'a', 1, 1.5, null, '2026-01-01 10:00+00', null, 1)`)
  await pulled(pull({ from: full, into: keyed }))
  await expect(pulled(steps.keyed)).rejects.toMatchObject({
    code: 'definition.invalid',
    next: expect.stringContaining('declare a dataset under another name and pull into that'),
  })
  const anew = dataset('silver.anew', { on: 'lake', columns, key: ['id'], order: 'at' })
  expect(await pulled(pull({ from: changed, into: anew }))).toMatchObject({ rowsWritten: 1, slice: { since: null } })
})

test('more rows in quarantine than may be: nothing is written', async () => {
  const strict = dataset('silver.strict', { on: 'lake', columns, quarantine: { fail: 0.4 } })
  await insert(`(1, 'a', 1, 1.5, null, null, null, 1), (2, 'b', 'NaN', 1.5, null, null, null, 1)`)
  await expect(pulled(pull({ from: full, into: strict }))).rejects.toMatchObject({ code: 'quality.failed' })
  expect(await lake.receipts('silver.strict').catch(() => [])).toEqual([])
})

test('after each pull of a random history the lake is what the source is, beside a writer that never rests', async () => {
  const random = seeded(seedOfRun())
  let clock = Date.UTC(2026, 0, 1)
  const at = (): string => new Date(clock).toISOString()
  const change = async (): Promise<void> => {
    clock += random.integer(hour)
    const id = random.integer(30)
    if (random.chance(0.2)) await pool.query('delete from orders where id = $1', [id])
    else
      await pool.query(
        `insert into orders values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update
         set name = excluded.name, price = excluded.price, share = excluded.share, day = excluded.day, at = excluded.at, tags = excluded.tags, n = excluded.n`,
        [
          id,
          random.pick(['', 'a\tb', 'c\\n', '"q"', 'é\n']),
          `${random.integer(1e9)}.${random.integer(9999)}`,
          random.next(),
          at().slice(0, 10),
          at(),
          JSON.stringify({ id }),
          random.integer(9),
        ],
      )
  }
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 15; n++) await change()
    const writer = (async () => {
      for (let n = 0; n < 3; n++) await change()
    })()
    await Promise.all([pulled(steps.whole), pulled(steps.keyed), writer])
    await Promise.all([pulled(steps.whole), pulled(steps.keyed)])
    const now = await inSource()
    expect(await inLake('silver.whole'), `SLUICE_SEED=${seedOfRun()}`).toEqual(now)
    const ids = new Set(now.map((row) => (row as { id: number }).id))
    const there = (await inLake('silver.keyed')).filter((row) => ids.has((row as { id: number }).id))
    expect(there, `SLUICE_SEED=${seedOfRun()}`).toEqual(now)
  }
}, 120_000)

test('a look reads the first rows as the pull would write them, and writes nothing', async () => {
  const looked = (step: Pull, limit: number) =>
    previewRows(
      { pull: step as Pull & { readonly from: SqlSource }, database: { name: 'shop', type: 'postgres', url: database.url }, lake },
      limit,
    )
  await pool.query(`insert into orders (id, name, n, at) select i, 'item ' || i, i, '2026-01-01'::timestamptz + i * '1 hour'::interval
    from generate_series(1, 50) i`)
  const first = await looked(steps.keyed, 3)
  expect(first).toMatchObject({ asked: 'orders', since: null, more: true, rowsIn: 3, rowsWritten: 3, refused: null, drift: [] })
  expect(first.rows).toHaveLength(3)
  expect(first.columns).toMatchObject({ id: 'id', name: 'name' })
  expect(await lake.tables()).toEqual([])

  await pulled(steps.keyed)
  // Behind what was seen, less the overlap of an hour: the last two rows.
  expect(await looked(steps.keyed, 10)).toMatchObject({ since: '2026-01-03 01:00:00+00', more: false, rowsIn: 2 })
  expect(await looked(steps.whole, 100)).toMatchObject({ since: null, more: false, rowsIn: 50 })

  const strict = pull({ from: sqlSource({ connection: 'shop', table: 'orders', mode: 'full', drift: { new: 'refuse' } }), into: whole })
  await pool.query('alter table orders add discount numeric')
  const refused = await looked(strict, 5)
  expect(refused).toMatchObject({ rowsIn: 0, rows: [], refused: { code: 'source.sql', message: expect.stringContaining('discount') } })
  await expect(pulled(strict)).rejects.toThrow(refused.refused?.message)
})
