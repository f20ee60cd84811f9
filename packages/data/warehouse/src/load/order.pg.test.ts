import { dataset, double, integer, jsonb, type LoadMode, text, timestamp } from '@sluice/author'
import { type BatchWrite, batchId, type Interval, scheduledRunKey } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTableSql, type Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'

const seed = seedOfRun()

const columns = { id: integer(), v: text(), seen: integer() }
/** By the logical time of the batches alone. */
const plain = dataset('public.plain', { on: 'warehouse', columns, key: ['id'] })
/** By a column, and by the batches where that is the same. */
const ordered = dataset('public.ordered', { on: 'warehouse', columns, key: ['id'], order: 'seen' })
/** Keeps what was superseded for two days. */
const short = dataset('public.short', { on: 'warehouse', columns, key: ['id'], superseded: '2d' })
/** Its columns are called as those of staging might be. */
const events = dataset('public.events', {
  on: 'warehouse',
  columns: { c1: timestamp({ notNull: true }), line: integer({ notNull: true }), number: text() },
  key: ['line'],
  order: 'c1',
  keep: '7d',
})

/** What JSON does not keep: a null that is a value, the sign of zero, numbers that are none. */
const exact = dataset('public.exact', {
  on: 'warehouse',
  columns: { id: integer({ notNull: true }), j: jsonb({ notNull: true }), d: double(), k: jsonb() },
  key: ['id'],
})

let demo: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  demo = await testWarehouse(plain, ordered, short, events, exact)
  warehouse = demo.warehouse
})
beforeEach(async () => {
  await warehouse.pool.query('truncate plain, ordered, short, events, exact, sluice_loads, sluice_quarantine, sluice_superseded')
})
afterAll(() => demo.close())

const writeOf = (name: string, tick: number, generation = 0): BatchWrite => {
  const identity = { project: 'demo', pipeline: 'p', task: 't', dataset: `demo:warehouse.public.${name}` }
  return {
    ...identity,
    mapKey: null,
    run: `run ${tick}`,
    attempt: 1,
    batch: batchId({ ...identity, mapKey: null, write: 'main', runKey: scheduledRunKey(tick) }),
    generation,
    logicalTime: tick,
    interval: { start: tick - 1, end: tick },
    inputs: [],
  } as BatchWrite
}

interface Row {
  readonly id: number
  readonly v: string
  readonly seen: number | null
}
type Table = typeof plain | typeof ordered | typeof short

const load = (table: Table, tick: number, rows: readonly Row[], { generation = 0, mode = 'upsert' as LoadMode } = {}) =>
  warehouse.loadBatch({
    write: writeOf(table.name.slice('public.'.length), tick, generation),
    table,
    mode,
    columns: ['id', 'v', 'seen'],
    source: (async function* () {
      yield rows.map(({ id, v, seen }) => `${id},${v},${seen ?? ''}\n`).join('')
    })(),
  })

const held = (table: Table) => warehouse.pool.query<Row>(`select id, v, seen from ${table.name} order by id`)
const row = (id: number, v: string, seen: number | null = null): Row => ({ id, v, seen })

test('an older batch that is cleared or comes late does not overwrite newer rows', async () => {
  await load(plain, 1, [row(1, 'old'), row(2, 'old')])
  await load(plain, 2, [row(1, 'new')])
  expect(await load(plain, 1, [row(1, 'old'), row(2, 'old')], { generation: 1 })).toMatchObject({ rowsIn: 2, rowsWritten: 2 })
  expect(await held(plain)).toEqual([row(1, 'new'), row(2, 'old')])
  await load(plain, 0, [row(1, 'oldest'), row(3, 'oldest')])
  expect(await held(plain)).toEqual([row(1, 'new'), row(2, 'old'), row(3, 'oldest')])
})

test('a key that a batch no longer brings goes back to the row before it', async () => {
  await load(plain, 1, [row(1, 'from 1'), row(2, 'from 1')])
  await load(plain, 2, [row(1, 'from 2')])
  await load(plain, 2, [row(9, 'from 2')], { generation: 1 })
  expect(await held(plain)).toEqual([row(1, 'from 1'), row(2, 'from 1'), row(9, 'from 2')])
})

test.each(['upsert', 'append'] as const)('a row that comes back is the one that left, to the last bit (%s)', async (mode) => {
  const rows = '1,null,-0,null\n2,"{""a"":1.10,""b"":[null]}",NaN,\n3,"""x""",-Infinity,5\n4,0,0.1234567890123456,"[1e400]"\n'
  const write = (tick: number, text: string, generation = 0) =>
    warehouse.loadBatch({
      write: writeOf('exact', tick, generation),
      table: exact,
      mode,
      columns: ['id', 'j', 'd', 'k'],
      source: (async function* () {
        yield text
      })(),
    })
  const bits = () => warehouse.pool.query('select id, j::text, float8send(d)::text as d, k::text from exact order by id')
  const [first, second] = mode === 'upsert' ? [1, 2] : [2, 1]
  await write(first, rows)
  const before = await bits()
  await write(second, '1,1,1,1\n2,1,1,1\n3,1,1,1\n4,1,1,1\n')
  expect(await bits()).not.toEqual(before)
  await write(second, '9,1,1,1\n', 1)
  expect((await bits()).slice(0, 4)).toEqual(before)
})

test('a row in quarantine because its key was there comes back when that row goes, and the counts of its load follow', async () => {
  await load(plain, 1, [row(1, 'from 1')], { mode: 'append' })
  expect(await load(plain, 2, [row(1, 'from 2')], { mode: 'append' })).toMatchObject({ rowsWritten: 0, rowsQuarantined: 1 })
  await load(plain, 1, [row(5, 'from 1')], { mode: 'append', generation: 1 })
  expect(await held(plain)).toEqual([row(1, 'from 2'), row(5, 'from 1')])
  expect(await warehouse.quarantine()).toEqual([])
  expect((await warehouse.receipts()).map(({ rowsWritten, rowsQuarantined }) => [rowsWritten, rowsQuarantined])).toEqual([
    [1, 0],
    [1, 0],
    [1, 0],
  ])
})

test('into an append that comes late the rows of later loads go to quarantine, as if it had come in time', async () => {
  await load(plain, 2, [row(1, 'from 2'), row(2, 'from 2')], { mode: 'append' })
  await load(plain, 1, [row(1, 'from 1')], { mode: 'append' })
  expect(await held(plain)).toEqual([row(1, 'from 1'), row(2, 'from 2')])
  expect(await warehouse.quarantine()).toMatchObject([
    { rowNumber: null, rule: 'exists(id)', place: 'id', cells: { id: '1', v: 'from 2', seen: null } },
  ])
  expect((await warehouse.receipts()).map(({ rowsIn, rowsWritten, rowsQuarantined }) => [rowsIn, rowsWritten, rowsQuarantined])).toEqual([
    [2, 1, 1],
    [1, 1, 0],
  ])
})

test('by an order column the greatest value stays, whichever batch brings it', async () => {
  await load(ordered, 1, [row(1, 'seen 9', 9), row(2, 'never seen')])
  await load(ordered, 2, [row(1, 'seen 5', 5), row(2, 'seen 1', 1)])
  expect(await held(ordered)).toEqual([row(1, 'seen 9', 9), row(2, 'seen 1', 1)])
  await load(ordered, 1, [], { generation: 1 })
  expect(await held(ordered)).toEqual([row(1, 'seen 5', 5), row(2, 'seen 1', 1)])
  expect(await load(ordered, 3, [row(1, 'b', 8), row(1, 'c', 9), row(1, 'a', 7)])).toMatchObject({ rowsWritten: 1, rowsQuarantined: 2 })
  expect((await held(ordered))[0]).toEqual(row(1, 'c', 9))
})

const full = (tick: number, generation = 0, whole = true) =>
  warehouse.loadBatch({
    write: writeOf('plain', tick, generation),
    table: plain,
    mode: 'full',
    source: whole
      ? {
          at: ({ start, end }: Interval) => ({
            text: 'select 1 as id, $1::text as v, $2::integer as seen',
            params: [`${start} to ${end}`, end],
          }),
        }
      : { text: "select 1 as id, 'x' as v, 1 as seen", params: [] },
  })

test('a full load of an older run shows what the newest run shows, or is refused where it cannot', async () => {
  await full(1)
  await full(3)
  await full(2)
  expect(await held(plain)).toEqual([row(1, '2 to 3', 3)])
  await full(1, 1)
  expect(await held(plain)).toEqual([row(1, '2 to 3', 3)])
  await expect(full(2, 1, false)).rejects.toMatchObject({
    code: 'warehouse.overtaken',
    message: expect.stringContaining('would replace all of it with older rows'),
    next: expect.stringContaining('Clear the newest run'),
  })
  await full(4)
  expect(await held(plain)).toEqual([row(1, '3 to 4', 4)])
})

const loadEvents = (tick: number, lines: readonly string[], generation = 0) =>
  warehouse.loadBatch({
    write: writeOf('events', tick, generation),
    table: events,
    mode: 'append',
    columns: ['c1', 'line', 'number'],
    source: (async function* () {
      yield lines.map((line) => `${line}\n`).join('')
    })(),
  })

test('rows that a retention has deleted stay away when their batch is written again, and the receipt says so', async () => {
  await loadEvents(1, ['2026-01-01T00:00:00Z,1,a', '2026-01-09T00:00:00Z,2,b'])
  const retained = { ...writeOf('events', 5), task: 'clean', batch: 'cleaning' }
  await warehouse.retain({ write: retained, table: events, column: 'c1', before: Date.UTC(2026, 0, 8), timeZone: 'Europe/Paris' })
  const again = await loadEvents(1, ['2026-01-01T00:00:00Z,1,a', '2026-01-09T00:00:00Z,2,b'], 1)
  expect(again).toMatchObject({
    rowsIn: 1,
    rowsWritten: 1,
    rowsQuarantined: 0,
    reason: 'left out 1 row with c1 before 2026-01-08T00:00:00.000Z, which is kept no longer',
  })
  expect(await warehouse.pool.query('select line from events')).toEqual([{ line: 2 }])
})

test.each(['append', 'upsert'] as const)(
  'a table that was emptied by hand gets the rows of each batch that is replayed (%s)',
  async (mode) => {
    const batches = [1, 2, 3].map((tick) => [row(tick, `own ${tick}`), row(9, `shared ${tick}`)])
    const all = async () => {
      for (const [at, rows] of batches.entries()) await load(plain, at + 1, rows, { mode })
      return await held(plain)
    }
    const before = await all()
    await warehouse.pool.query('truncate plain')
    expect(await all()).toEqual(before)
    // Once they are there they are replayed.
    expect(await load(plain, 2, batches[1] ?? [], { mode })).toMatchObject({ replayed: true })
    // A table that was written anew as a whole still holds its rows.
    await warehouse.pool.query('vacuum full plain')
    expect(await load(plain, 2, [], { mode })).toMatchObject({ replayed: true })
    expect(await all()).toEqual(before)
  },
)

test('a receipt dies with the table that it vouches for: a replay writes the rows again', async () => {
  const first = await load(plain, 1, [row(1, 'a'), row(2, 'b')])
  await warehouse.pool.query('drop table plain')
  for (const statement of createTableSql(plain)) await warehouse.pool.query(statement)
  expect(await warehouse.receipt(first.batch, 0)).toBeUndefined()
  expect(await load(plain, 1, [row(1, 'a'), row(2, 'b')])).toMatchObject({ rowsWritten: 2, replayed: false })
  expect(await held(plain)).toHaveLength(2)
  await warehouse.pool.query('truncate plain')
  expect(await load(plain, 1, [row(1, 'a'), row(2, 'b')])).toMatchObject({ rowsWritten: 2, replayed: false })
  expect(await load(plain, 1, [row(1, 'a'), row(2, 'b')])).toMatchObject({ rowsWritten: 2, replayed: true })
})

test('a receipt lives on when the table was restored with its rows, and when retention or a full load took them', async () => {
  await load(plain, 1, [row(1, 'a')])
  await warehouse.pool.query('create table copy as select * from plain; drop table plain; alter table copy rename to plain')
  await warehouse.pool.query('alter table plain add primary key (id)')
  expect(await load(plain, 1, [row(1, 'a')])).toMatchObject({ replayed: true })
  await warehouse.loadBatch({
    write: writeOf('plain', 2),
    table: plain,
    mode: 'full',
    source: { text: "select 1 as id, 'x' as v, 1 as seen where false", params: [] },
  })
  expect(await load(plain, 1, [row(1, 'a')])).toMatchObject({ replayed: true })
})

const day = 86_400_000
const superseded = () =>
  warehouse.pool.query<{ day: number; key: string }>(
    `select (extract(epoch from l.as_of) / 86400)::integer as day, key from sluice_superseded s join sluice_loads l on l.id = s.load_id order by key, day`,
  )

test('what was superseded for longer than its dataset says goes with the first load of a day, but for the next in line of each key', async () => {
  await load(short, 1 * day, [row(1, 'day 1'), row(2, 'day 1')])
  await load(short, 2 * day, [row(1, 'day 2'), row(2, 'day 2')])
  for (const each of [3, 4, 5, 6]) await load(short, each * day, [row(1, `day ${each}`)])
  expect(await superseded()).toEqual([...[4, 5].map((each) => ({ day: each, key: '[1]' })), { day: 1, key: '[2]' }])
  await load(short, 6 * day, [], { generation: 1 })
  await load(short, 2 * day, [row(1, 'day 2')], { generation: 1 })
  expect(await held(short)).toEqual([row(1, 'day 5'), row(2, 'day 1')])
  await load(short, 5 * day, [], { generation: 1 })
  expect(await held(short)).toEqual([row(1, 'day 4'), row(2, 'day 1')])
})

test('of rows that an append has refused the next in line stays too, however old it is', async () => {
  for (const each of [1, 2, 3, 4, 5, 6]) await load(short, each * day, [row(1, `day ${each}`)], { mode: 'append' })
  expect((await superseded()).map((each) => each.day)).toEqual([2, 4, 5, 6])
  await load(short, 1 * day, [], { mode: 'append', generation: 1 })
  expect(await held(short)).toEqual([row(1, 'day 2')])
})

test('of rows with one key in one batch an append keeps the earliest by the order column, as it does of several batches', async () => {
  expect(await load(ordered, 1, [row(1, 'nine', 9), row(1, 'three', 3), row(2, 'seven', 7)], { mode: 'append' })).toMatchObject({
    rowsWritten: 2,
    rowsQuarantined: 1,
  })
  await load(ordered, 2, [row(1, 'five', 5)], { mode: 'append' })
  expect(await held(ordered)).toEqual([row(1, 'three', 3), row(2, 'seven', 7)])
})

test('appends of the same keys in other orders, at once, end without a deadlock', async () => {
  const rows = Array.from({ length: 5_000 }, (_, id) => row(id, 'x'))
  const orders = [
    rows,
    rows.toReversed(),
    rows.toSorted((a, b) => (a.id % 7) - (b.id % 7)),
    rows.toSorted((a, b) => (a.id % 11) - (b.id % 11)),
  ]
  await Promise.all(orders.map((each, place) => load(plain, place, each, { mode: 'append' })))
  expect(await held(plain)).toHaveLength(5_000)
  expect(
    await warehouse.pool.query('select distinct l.logical_time as tick from plain p join sluice_loads l on l.id = p._load_id'),
  ).toEqual([{ tick: 0 }])
})

/** The table after batches in order of their data. */
function applied(batches: ReadonlyMap<number, readonly Row[]>, mode: LoadMode, byColumn: boolean): readonly Row[] {
  const table = new Map<number, { readonly row: Row; readonly order: readonly [number, number] }>()
  for (const [tick, rows] of [...batches].toSorted(([a], [b]) => a - b)) {
    for (const each of rows) {
      const order = [byColumn ? (each.seen ?? -1) : 0, tick] as const
      const there = table.get(each.id)
      const later = there === undefined || order[0] > there.order[0] || (order[0] === there.order[0] && order[1] >= there.order[1])
      if (there === undefined || later === (mode === 'upsert')) table.set(each.id, { row: each, order })
    }
  }
  return [...table.values()].map((each) => each.row).toSorted((a, b) => a.id - b.id)
}

test.each([
  ['upsert', plain],
  ['append', plain],
  ['upsert', ordered],
  ['append', ordered],
] as const)(
  `any sequence of runs, clears, backfills and corrections by %s ends as the batches in order of their data (SLUICE_SEED=${seed})`,
  async (mode, table) => {
    const { integer: next } = seeded(seed)
    for (let round = 0; round < 4; round++) {
      await warehouse.pool.query('truncate plain, ordered, sluice_loads, sluice_quarantine, sluice_superseded')
      const batches = new Map<number, readonly Row[]>()
      const generations = new Map<number, number>()
      for (let step = 0; step < 25; step++) {
        const tick = next(8)
        const ids = Array.from({ length: 6 }, (_, id) => id).filter(() => next(2) === 0)
        const rows = ids.map((id) => row(id, `t${tick} s${step}`, next(4) === 0 ? null : next(5)))
        const generation = (generations.get(tick) ?? -1) + 1
        generations.set(tick, generation)
        batches.set(tick, rows)
        await load(table, tick, rows, { mode, generation })
        expect(await held(table), `SLUICE_SEED=${seed}, round ${round}, step ${step}`).toEqual(applied(batches, mode, table === ordered))
      }
      const [sums] = await warehouse.pool.query<{ written: number; rows: number; refused: number; told: number }>(
        `select (select count(*) from ${table.name}) + (select count(*) from sluice_superseded where quarantine_id is null) as rows,
        sum(rows_written) as written, sum(rows_quarantined) as refused, (select count(*) from sluice_quarantine) as told
       from (select distinct on (batch) * from sluice_loads order by batch, generation desc) l`,
      )
      expect(Number(sums?.written)).toBe(Number(sums?.rows))
      expect(Number(sums?.refused)).toBe(Number(sums?.told) - Number(await oldQuarantine()))
    }
  },
)

/** Rows that loads of replaced generations have refused: they stay for those who look back. */
const oldQuarantine = async () =>
  (
    await warehouse.pool.query<{ n: string }>(
      `select count(*) as n from sluice_quarantine q where exists (
         select from sluice_loads l where l.dataset = q.dataset and l.batch = q.batch and l.generation > q.generation)`,
    )
  )[0]?.n ?? 0
