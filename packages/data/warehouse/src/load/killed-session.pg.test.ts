import { boolean, dataset, integer, type LoadMode, text, timestamp } from '@sluice/author'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../index.ts'
import { dying, type TestWarehouse, testWarehouse } from '../testing/index.ts'

const seed = seedOfRun()
const columns = { id: integer(), v: text(), seen: timestamp({ notNull: true }) }
const bounds = { until: timestamp(), now: boolean() }
const versions = { from: 'seen', to: 'until', current: 'now' } as const
const parents = dataset('public.parents', { on: 'warehouse', columns: { id: integer(), name: text() }, key: ['id'] })
const plain = dataset('public.plain', { on: 'warehouse', columns, key: ['id'], order: 'seen' })
const bounded = dataset('public.bounded', { on: 'warehouse', columns: { ...columns, ...bounds }, key: ['id', 'seen'], versions })
const closed = dataset('public.closed', {
  on: 'warehouse',
  columns: { ...columns, ...bounds },
  key: ['id', 'seen'],
  versions: { ...versions, missing: 'close' },
})
const children = dataset('public.children', {
  on: 'warehouse',
  columns: { id: integer(), parent: integer() },
  key: ['id'],
  references: { parent: parents },
})

let demo: TestWarehouse
beforeAll(async () => {
  demo = await testWarehouse(parents, plain, bounded, closed, children)
})
beforeEach(() =>
  demo.warehouse.pool.query(
    'truncate parents, plain, bounded, closed, children, sluice_loads, sluice_quarantine, sluice_superseded, sluice_versions, sluice_waiting',
  ),
)
afterAll(() => demo.close())

const load = (
  warehouse: Warehouse,
  table: typeof plain | typeof bounded | typeof closed | typeof children | typeof parents,
  mode: LoadMode,
  { tick, generation = 0, lines }: { readonly tick: number; readonly generation?: number; readonly lines: readonly string[] },
) =>
  warehouse.loadBatch({
    write: {
      ...{ project: 'demo', pipeline: 'p', task: 't', run: 'r', attempt: 1, generation, inputs: [], logicalTime: tick },
      dataset: `demo:warehouse.${table.name}`,
      batch: `${table.name} ${tick}`,
    },
    table,
    mode,
    columns: Object.keys(table.columns).filter((name) => name !== 'until' && name !== 'now'),
    source: (async function* () {
      yield lines.map((line) => `${line}\n`).join('')
    })(),
  })

/** All that loads leave but for their numbers and times, and receipts of generations that were replaced. */
const held = async (name: string) =>
  (
    await demo.warehouse.pool.query<{ rows: string }>(`select jsonb_build_object(
      'rows', (select jsonb_agg(to_jsonb(t) - '_load_id' order by to_jsonb(t) - '_load_id') from ${name} t),
      'loads', (select jsonb_agg(jsonb_build_array(batch, generation, rows_written, rows_quarantined) order by batch)
        from (select distinct on (batch) * from sluice_loads order by batch, generation desc) l),
      'quarantine', (select jsonb_agg(jsonb_build_array(batch, rule, cells) order by batch, rule, cells) from sluice_quarantine),
      'superseded', (select jsonb_agg("row" order by "row") from sluice_superseded),
      'versions', (select jsonb_agg(v."row" order by v."row") from sluice_versions v))::text as rows`)
  )[0]?.rows

const day = (n: number): string => `2026-11-${String(n).padStart(2, '0')}T00:00:00Z`
const step = long ? 1 : 6

test.each([
  ['append', plain],
  ['new', plain],
  ['upsert', plain],
  ['full', plain],
  ['scd2', bounded],
  ['scd2', closed],
] as const)(`a session that dies between any two statements of a load by %s changes nothing (SLUICE_SEED=${seed})`, async (mode, table) => {
  await load(demo.warehouse, table, mode, { tick: 1, lines: [`1,a,${day(1)}`, `2,b,${day(2)}`, `3,c,${day(3)}`] })
  await load(demo.warehouse, table, mode, { tick: 2, lines: [`2,x,${day(4)}`, `x,y,${day(4)}`, `4,d,${day(1)}`] })
  // A corrected batch: what it replaces goes, what stood aside comes back.
  const next = {
    tick: mode === 'full' ? 3 : 1,
    generation: mode === 'full' ? 0 : 1,
    lines: [`1,a2,${day(1)}`, `3,c,${day(5)}`, `5,e,${day(2)}`],
  }
  const before = await held(table.name)
  for (let at = 1 + seeded(seed).integer(step); ; at += step) {
    const { warehouse, statements } = dying(demo.warehouse.pool, at)
    const done = await load(warehouse, table, mode, next).catch(() => undefined)
    if (done !== undefined) {
      expect(statements()).toBeGreaterThan(8)
      break
    }
    expect(await held(table.name), `statement ${at}`).toEqual(before)
  }
  expect(await held(table.name)).not.toEqual(before)
  const after = await held(table.name)
  expect(await load(demo.warehouse, table, mode, next)).toMatchObject({ replayed: true })
  expect(await held(table.name)).toEqual(after)
})

test(`a session that dies while orphans come back loses none and doubles none (SLUICE_SEED=${seed})`, async () => {
  const orphans = { tick: 1, lines: ['1,7', '2,8', '3,9'] }
  const parent = { tick: 2, lines: ['7,seven', '9,nine'] }
  await load(demo.warehouse, children, 'upsert', orphans)
  let kills = 0
  for (let at = 1 + seeded(seed).integer(step); ; at += step) {
    const done = await load(dying(demo.warehouse.pool, at).warehouse, parents, 'upsert', parent).catch(() => undefined)
    if (done !== undefined) break
    kills++
    const [counts] = await demo.warehouse.pool.query(
      'select (select count(*) from children)::int + (select count(*) from sluice_quarantine)::int as rows',
    )
    expect(counts).toEqual({ rows: 3 })
  }
  expect(kills).toBeGreaterThan(1)
  expect(await demo.warehouse.pool.query('select id, parent from children order by id')).toEqual([
    { id: 1, parent: 7 },
    { id: 3, parent: 9 },
  ])
  expect(await demo.warehouse.receipts({ dataset: 'demo:warehouse.public.children' })).toMatchObject([
    { rowsWritten: 2, rowsQuarantined: 1 },
  ])
})

test('loads of parents and of children at one moment, from several pipelines, neither wait for each other for ever nor leave an orphan', async () => {
  const { integer } = seeded(seed)
  const loads = Array.from({ length: 12 }, (_, n) => {
    const ids = [n % 6, 6 + integer(6)]
    return n % 2 === 0
      ? load(demo.warehouse, parents, 'upsert', { tick: n, lines: ids.map((id) => `${id},p${id}`) })
      : load(demo.warehouse, children, 'upsert', { tick: n, lines: ids.map((id, at) => `${n * 10 + at},${id}`) })
  })
  expect((await Promise.allSettled(loads)).filter(({ status }) => status === 'rejected')).toEqual([])
  // The last word has who comes last: whatever came before it is looked at.
  await load(demo.warehouse, parents, 'upsert', { tick: 99, lines: Array.from({ length: 12 }, (_, id) => `${id},last`) })
  expect(await demo.warehouse.pool.query('select count(*)::int as rows from children')).toEqual([{ rows: 12 }])
  expect(await demo.warehouse.pool.query('select 1 from sluice_quarantine')).toEqual([])
})
