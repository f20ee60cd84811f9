import { dataset, date, integer, type Model, model, rawSql, type Sql, sql, text } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { writeTo } from '@sluice/lake/testing'
import type { Pool } from '@sluice/postgres'
import { checkDrift, openWarehouse, type Warehouse } from '@sluice/warehouse'
import { dying, type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runWarehouseModel } from './run-on-warehouse.ts'

const seed = seedOfRun()
const day = date({ notNull: true })
const columns = { id: integer({ notNull: true }), day, n: integer() }
const keyed = dataset('public.keyed', { on: 'warehouse', columns, key: ['id'] })
const added = dataset('public.added', { on: 'warehouse', columns })
const names = dataset('public.names', { on: 'warehouse', columns: { n: integer(), name: text() } })
const perDay = dataset('public.per_day', {
  on: 'warehouse',
  columns: { day, name: text({ notNull: true }), rows: integer(), sum: integer() },
  key: ['day', 'name'],
  partition: 'day',
})
const full = dataset('public.per_day_full', { on: 'warehouse', columns: perDay.columns, key: ['day', 'name'] })
const datasets = [keyed, added, names, perDay, full]

const query = sql`
  select day, coalesce(name, 'none') as name, count(*) as rows, sum(n) as sum
  from (select id, day, n from ${keyed} union all select id, day, n from ${added}) r left join ${names} using (n) group by 1, 2`
const refreshed = (into: typeof full | typeof perDay, refresh: 'full' | 'partition', of: Sql = query): Model =>
  model({ into: into as typeof perDay, from: { keyed, added, names }, refresh, query: () => of as typeof query }) as unknown as Model

let demo: TestWarehouse
let warehouse: Warehouse
let pool: Pool
beforeAll(async () => {
  demo = await testWarehouse(...datasets)
  warehouse = demo.warehouse
  pool = warehouse.pool
})
afterAll(() => demo.close())
beforeEach(() =>
  pool.query('truncate keyed, added, names, per_day, per_day_full, sluice_loads, sluice_quarantine, sluice_superseded, sluice_touched'),
)

const run = (of: Model, tick: number, generation = 0, at: Warehouse = warehouse) => {
  const write = writeTo('bronze.x', { tick: tick * 3_600_000, generation })
  return runWarehouseModel({
    model: of,
    write: { ...write, dataset: `demo:${of.into.id}`, batch: `${of.name}-${tick}`, task: of.name },
    reading: testReading(datasets),
    warehouse: at,
  })
}

type Row = readonly [id: number, day: number, n: number | null]
const rowsSql = (rows: readonly Row[]): string =>
  `select id, day, n::integer as n from (values ${[...rows, [null, 1, null] as const].map(([id, day, n]) => `(${id}, date '2026-11-01' + ${day}, ${n})`).join(', ')}) t (id, day, n) where id is not null`
const write = (into: typeof keyed | typeof added, tick: number, rows: readonly Row[], generation: number, at?: Warehouse) =>
  run(
    model({
      into: into as typeof keyed,
      refresh: into === keyed ? 'key' : 'batch',
      query: () => sql`${rawSql(rowsSql(rows))}`,
    }) as unknown as Model,
    tick,
    generation,
    at,
  )

const contents = (of: typeof perDay | typeof full) => pool.query(`select day::text as day, name, rows, sum from ${of.name} order by 1, 2`)
async function makeBoth(tick: number, generation = 0) {
  const receipt = await run(refreshed(perDay, 'partition'), tick, generation)
  await run(refreshed(full, 'full'), tick, generation)
  return receipt
}

test(`partitions that are made anew leave what one full refresh does, whatever came, by whom (SLUICE_SEED=${seed})`, async () => {
  const { integer: next } = seeded(seed)
  const generations = new Map<string, number>()
  let made = 0
  const byHand = [
    `delete from keyed where id = ${next(12)}`,
    `update added set day = day + 1 where id = ${next(12)}`,
    `update names set name = 'c' where n = ${next(5)}`,
    'truncate added',
    `insert into names values (${next(5)}, 'd', 0)`,
  ]
  for (let step = 0; step < (long ? 150 : 12); step++) {
    for (let writes = next(3); writes >= 0; writes--) {
      const [into, tick] = [next(2) === 0 ? keyed : added, 1 + next(5)]
      const generation = (generations.get(`${into.name} ${tick}`) ?? -1) + 1
      generations.set(`${into.name} ${tick}`, generation)
      const ids = [...new Set(Array.from({ length: next(5) }, () => next(12)))]
      const rows = ids.map((id): Row => [id, next(6), next(4) === 0 ? null : next(5)])
      await write(into, tick, rows, generation)
    }
    if (next(4) === 0) await pool.query(byHand[next(byHand.length)] ?? '')
    const receipt = await makeBoth(1_000 + (next(2) === 0 ? step : 0), step)
    made += receipt.rowsWritten
    expect(await contents(perDay), `SLUICE_SEED=${seed}, step ${step}`).toEqual(await contents(full))
  }
  expect(made).toBeGreaterThan(0)
})

test('only partitions of which a row has changed are made anew, and what tells of them is no drift', async () => {
  await write(
    keyed,
    1,
    [
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ],
    0,
  )
  expect(await makeBoth(10)).toMatchObject({ mode: 'partition', rowsWritten: 3 })
  await write(keyed, 2, [[2, 4, 2]], 0)
  expect(await makeBoth(11)).toMatchObject({ rowsIn: 1, rowsWritten: 1 })
  expect(await contents(perDay)).toMatchObject([{ day: '2026-11-02' }, { day: '2026-11-04' }, { day: '2026-11-05' }])
  expect(await makeBoth(12)).toMatchObject({ rowsWritten: 0, reason: 'nothing has changed in what it reads' })
  expect(await makeBoth(11)).toMatchObject({ rowsWritten: 1, replayed: true })
  await pool.query(`insert into names values (1, 'one', 0)`)
  expect(await makeBoth(13)).toMatchObject({ rowsWritten: 3 })
  expect(await contents(perDay)).toEqual(await contents(full))
  expect(await checkDrift(pool, datasets)).toEqual([])
  await run(refreshed(perDay, 'full'), 14)
  expect(await makeBoth(15)).toMatchObject({ rowsWritten: 3 })
})

test('a session that dies between any two statements changes nothing, and what was told of is not lost', async () => {
  await write(
    keyed,
    1,
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
    0,
  )
  await makeBoth(10)
  await write(keyed, 2, [[2, 3, 2]], 0)
  const before = await contents(perDay)
  const step = long ? 1 : 3
  for (let at = 1 + seeded(seed).integer(step); ; at += step) {
    const made = await run(refreshed(perDay, 'partition'), 11, 0, dying(pool, at).warehouse).catch(() => undefined)
    if (made !== undefined) {
      expect(at).toBeGreaterThan(10)
      break
    }
    expect(await contents(perDay)).toEqual(before)
  }
  await makeBoth(12)
  expect(await contents(perDay)).toEqual(await contents(full))
})

test('runs of two pipelines, and loads of what they read, at one moment neither wait for each other forever nor lose one', async () => {
  const wide = openWarehouse({ database: { url: demo.url }, project: 'demo', maxConnections: 12 })
  try {
    await Promise.all(
      [1, 2, 3, 4, 5].flatMap((tick) => [
        write(
          keyed,
          tick,
          [
            [tick, tick, tick],
            [1, tick, 5],
          ],
          0,
          wide,
        ),
        write(added, tick, [[tick, 6 - tick, tick]], 0, wide),
        run(refreshed(perDay, 'partition'), 20 + tick, 0, wide),
      ]),
    )
  } finally {
    await wide.close()
  }
  await makeBoth(30)
  expect(await contents(perDay)).toEqual(await contents(full))
})
