import { type AnyDataset, boolean, dataset, integer, type Model, model, type Sql, sql, timestamp, within } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { DatasetRef } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { writeTo } from '@sluice/lake/testing'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runWarehouseModel } from '../model/run-on-warehouse.ts'
import { diffInWarehouse } from './in-warehouse.ts'

const columns = { id: integer(), n: integer(), seen: timestamp({ notNull: true }) }
const source = dataset('public.source', { on: 'warehouse', columns })
const target = dataset('public.target', { on: 'warehouse', columns, key: ['id'], order: 'seen', checks: [within('n', { min: 0 })] })

const prices = dataset('public.prices', {
  on: 'warehouse',
  columns: { id: integer(), n: integer(), seen: timestamp({ notNull: true }), until: timestamp(), now: boolean() },
  key: ['id', 'seen'],
  versions: { from: 'seen', to: 'until', current: 'now' },
  checks: [within('n', { min: 0 })],
})

let demo: TestWarehouse
beforeAll(async () => {
  demo = await testWarehouse(source, target, prices)
})
beforeEach(() =>
  demo.warehouse.pool.query('truncate source, target, prices, sluice_loads, sluice_quarantine, sluice_superseded, sluice_versions'),
)
afterAll(() => demo.close())

const hour = 3_600_000
type Refresh = 'batch' | 'full' | 'key'
const rawOf = (text: string): Sql => ({ kind: 'sql', parts: [{ kind: 'text', text }] }) as never
const modelOf = (refresh: Refresh, n = 'n'): Model =>
  model({
    into: target,
    from: { source },
    refresh,
    query: ({ source }: { source: { batch: Sql } & Sql }) =>
      sql`select id, ${rawOf(n) as never} as n, seen from ${(refresh === 'full' ? source : source.batch) as never}`,
  } as never) as unknown as Model

async function run(of: Model, turn: number, rows: readonly (readonly [id: number, n: number, seen: number])[]): Promise<void> {
  const csv = rows.map(([id, n, seen]) => `${id},${n},${new Date(seen * 1_000).toISOString()}\n`).join('')
  const write = { ...writeTo('bronze.x', { tick: turn }), dataset: 'demo:warehouse.public.source', batch: `source-${turn}` }
  const source = async function* () {
    yield csv
  }
  const given = await demo.warehouse.loadBatch({
    write,
    table: datasets[0] as AnyDataset,
    mode: 'append',
    columns: ['id', 'n', 'seen'],
    source: source(),
  })
  await again(of, turn, 0, [refTo('warehouse', given)])
}

/** The run of a turn, once more with each generation. */
const again = (of: Model, turn: number, generation: number, refs: readonly DatasetRef[]) =>
  runWarehouseModel({
    model: of,
    write: {
      ...writeTo('bronze.x', { generation, tick: turn }),
      task: of.name,
      dataset: `demo:warehouse.${of.into.name}`,
      batch: `target-${turn}`,
    },
    reading: testReading(datasets, {
      batches: { [datasets[0]?.id ?? '']: refs },
      interval: { start: (turn - 1) * hour, end: turn * hour },
    }),
    warehouse: demo.warehouse,
  })

const datasets = [source, target, prices] as unknown as readonly AnyDataset[]
const diff = (of: Model, more: { batches?: number; percent?: number } = {}) =>
  diffInWarehouse({
    model: of,
    warehouse: demo.warehouse,
    datasets: new Map(datasets.map((each) => [each.id, each])),
    timeZone: 'UTC',
    examples: 2,
    ...more,
  })
const table = () => demo.warehouse.pool.query<{ id: number; n: number }>('select id, n, seen from target order by id')
/** Numbers that loads take, what they leave beside the table, and which transaction wrote the rows last. */
const written = () =>
  demo.warehouse.pool.query(`select (select last_value from sluice_loads_id_seq) as loads,
    (select count(*) from sluice_loads) as receipts, (select count(*) from sluice_quarantine) as broken,
    (select md5(string_agg(ctid::text || xmin::text || xmax::text, ',' order by id)) from target) as rows`)

test.each(['batch', 'full', 'key'] as const)(
  'what it tells of a model by %s is what the same runs, cleared, then do; until then nothing is written',
  async (refresh) => {
    const random = seeded(seedOfRun())
    const before = modelOf(refresh)
    const turns = [1, 2, 3, 4]
    for (const turn of turns) {
      const ids = [...Array(15).keys()].filter(() => random.chance(0.6))
      // Batches that only add bring other keys each.
      const rows = ids.map((id) => [refresh === 'batch' ? turn * 100 + id : id, random.integer(6), turn * 10 + random.integer(20)] as const)
      await run(before, turn, rows)
    }
    const after = modelOf(refresh, 'case when n = 3 then null when n = 4 then -1 when n = 5 then 50 else n end')
    const [was, there] = [await table(), await written()]
    const told = await diff(after)
    expect(await written()).toEqual(there)
    expect(told.why).toBeNull()
    expect(told.batches).toEqual(refresh === 'full' ? { compared: 1, of: 4 } : { compared: 4, of: 4 })
    const refs = await demo.warehouse.receipts({ dataset: 'demo:warehouse.public.source' })
    for (const turn of turns)
      await again(
        after,
        turn,
        1,
        refs.filter(({ batch }) => batch === `source-${turn}`).map((each) => refTo('warehouse', each)),
      )
    const now = await table()
    const old = new Map(was.map((row) => [row.id, row]))
    const both = now.filter(({ id }) => old.has(id))
    const changed = both.filter((row) => JSON.stringify(row) !== JSON.stringify(old.get(row.id)))
    const seen = { added: now.length - both.length, changed: changed.length }
    if (refresh === 'key') {
      // A row that is lost may give way to one of an older batch, which is told as removed.
      expect(told.rows.added + told.rows.changed + told.rows.removed).toBeGreaterThan(0)
      expect(told.rows.removed).toBeGreaterThanOrEqual(was.length - both.length)
    } else {
      expect(told.rows).toMatchObject({ ...seen, removed: was.length - both.length, would: now.length, stands: was.length })
      expect(told.quarantined.would).toBeGreaterThan(0)
    }
    expect(now).not.toEqual(was)
    expect((await diff(after)).rows).toMatchObject({ added: 0, removed: 0, changed: 0, same: now.length })
  },
)

test('rows are told with both values, by column and kind, of the newest batches and of a share where that is asked', async () => {
  const of = modelOf('key')
  await run(of, 1, [
    [1, 1, 1],
    [2, 2, 1],
    [3, 3, 1],
  ])
  await run(of, 2, [[4, 4, 2]])
  const other = modelOf('key', 'case id when 1 then 10 when 2 then -2 else n end')
  const told = await diff(other)
  expect(told).toMatchObject({
    by: ['id'],
    rows: { would: 3, stands: 4, added: 0, removed: 1, changed: 1, same: 2 },
    quarantined: { would: 1, stands: 0 },
    changed: [{ column: 'n', rows: 1 }],
  })
  expect(told.examples).toMatchObject([
    { kind: 'changed', stands: ['1', '1', '1970-01-01 00:00:01+00'], would: ['1', '10', '1970-01-01 00:00:01+00'] },
    { kind: 'removed', stands: ['2', '2', '1970-01-01 00:00:01+00'], would: null },
  ])
  expect((await diff(other, { batches: 1 })).rows).toMatchObject({ would: 1, same: 1 })
  expect((await diff(other, { percent: 0.01 })).rows.would).toBeLessThan(3)
})

test('an older batch whose keys stand with newer rows changes nothing of them', async () => {
  await run(modelOf('key'), 1, [[1, 1, 1]])
  await run(modelOf('key'), 2, [[1, 2, 2]])
  expect((await diff(modelOf('key', 'n + 1'))).rows).toEqual({ would: 1, stands: 1, added: 0, removed: 0, changed: 1, same: 0 })
})

test('a query that would write, or that gives other columns, is refused; what was never loaded is not compared', async () => {
  expect((await diff(modelOf('key'))).why).toContain('nothing that this model has loaded')
  await run(modelOf('key'), 1, [[1, 1, 1]])
  await demo.warehouse.pool.query(
    `create or replace function writes(n integer) returns integer language sql as 'insert into sluice_superseded (dataset, key, load_id, "row") values (''x'', ''x'', 1, ''{}'') returning 1'`,
  )
  await expect(diff(modelOf('key', 'writes(n)'))).rejects.toMatchObject({ message: expect.stringContaining('read-only transaction') })
  await expect(diff(modelOf('key', 'no_such_column'))).rejects.toMatchObject({ code: 'definition.invalid' })
})

test('what it tells of versions is what the same run, cleared, then does to them', async () => {
  const random = seeded(seedOfRun())
  const versionsOf = (n: string): Model =>
    model({
      into: prices,
      from: { source },
      refresh: 'scd2',
      query: ({ source }: { source: { batch: Sql } }) => sql`select id, ${rawOf(n) as never} as n, seen from ${source.batch as never}`,
    } as never) as unknown as Model
  const turns = [1, 2, 3]
  for (const turn of turns) {
    const ids = [...Array(12).keys()].filter(() => random.chance(0.6))
    await run(
      versionsOf('n'),
      turn,
      ids.map((id) => [id, random.integer(6), random.integer(40)] as const),
    )
  }
  const stands = () => demo.warehouse.pool.query('select id, seen, n, until, now from prices order by id, seen')
  const turn = 1 + random.integer(turns.length)
  const after = versionsOf('case when n = 3 then 50 when n = 4 then -1 else n end')
  const was = await stands()
  // Those of one load: where several change a version, it counts with each.
  await demo.warehouse.pool.query("update sluice_loads set task = 'other' where dataset like '%prices' and batch <> $1", [`target-${turn}`])
  const told = await diff(after)
  expect(await stands()).toEqual(was)
  expect(told).toMatchObject({ why: null, by: ['id', 'seen'], batches: { compared: 1, of: 1 } })
  const refs = (await demo.warehouse.receipts({ dataset: 'demo:warehouse.public.source' })).filter(
    ({ batch }) => batch === `source-${turn}`,
  )
  await again(
    after,
    turn,
    1,
    refs.map((each) => refTo('warehouse', each)),
  )
  const now = await stands()
  const keyOf = ({ id, seen }: Readonly<Record<string, unknown>>) => `${id} ${seen}`
  const old = new Map(was.map((row) => [keyOf(row), JSON.stringify(row)]))
  const both = now.filter((row) => old.has(keyOf(row)))
  expect(told.rows).toMatchObject({
    added: now.length - both.length,
    removed: was.length - both.length,
    changed: both.filter((row) => JSON.stringify(row) !== old.get(keyOf(row))).length,
  })
  expect((await diff(after)).rows).toMatchObject({ added: 0, removed: 0, changed: 0 })
})

test('a row that would refer to nothing is told as one of the quarantine', async () => {
  await demo.warehouse.pool.query(
    'create table parents (id integer primary key); insert into parents values (1), (2); alter table target add foreign key (n) references parents',
  )
  try {
    await run(modelOf('key'), 1, [
      [1, 1, 1],
      [2, 2, 1],
      [3, 9, 1],
    ])
    expect(await diff(modelOf('key'))).toMatchObject({ quarantined: { would: 1, stands: 1 }, rows: { would: 2, same: 2, added: 0 } })
    expect(await diff(modelOf('key', 'n + 1'))).toMatchObject({ quarantined: { would: 2 }, rows: { would: 1, changed: 1, removed: 1 } })
  } finally {
    await demo.warehouse.pool.query('drop table parents cascade')
  }
})
