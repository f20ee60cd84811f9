import { type AnyDataset, dataset, date, integer, type LoadMode, text, timestamp } from '@sluice/author'
import { type BatchWrite, batchId, type Receipt, scheduledRunKey } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import type { Pool } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDrift, createTableSql, openWarehouse, quoteTable, type Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import { keepAhead } from './make-partitions.ts'
import { partitionsOf } from './there.ts'

const seed = seedOfRun()
const random = seeded(seed)
const day = (number: number): number => Date.UTC(2026, 0, 1 + number)
const text10 = (at: number): string => new Date(at).toISOString().slice(0, 10)

let demo: TestWarehouse
let warehouse: Warehouse
beforeAll(async () => {
  demo = await testWarehouse()
  warehouse = demo.warehouse
})
afterAll(() => demo.close())

let tables = 0
/** Two of one kind, and of a name of their own: one in partitions. */
async function twoTables(
  facts: object,
  by: 'day' | 'month' = 'month',
  column = 'day',
): Promise<readonly [plain: AnyDataset, parted: AnyDataset]> {
  tables += 1
  const made = [undefined, { by, column }].map(
    (partition, at) =>
      dataset(`shop.t${tables}_${at}`, {
        on: 'warehouse',
        columns: { id: integer({ notNull: true }), day: date({ notNull: true }), v: text() },
        order: 'day',
        ...(partition === undefined ? {} : { partition }),
        ...facts,
      } as never) as AnyDataset,
  )
  for (const statement of made.flatMap((table) => createTableSql(table))) await warehouse.pool.query(statement)
  return made as unknown as readonly [AnyDataset, AnyDataset]
}

function writeOf(table: AnyDataset, tick: number, generation: number): BatchWrite {
  const identity = { project: 'demo', pipeline: 'p', task: 't', dataset: `demo:${table.id}` }
  const batch = batchId({ ...identity, mapKey: null, write: 'main', runKey: scheduledRunKey(tick) })
  return {
    ...identity,
    run: `run ${tick}`,
    attempt: 1,
    batch,
    generation,
    logicalTime: tick,
    interval: { start: tick - 1, end: tick },
    inputs: [],
  }
}

interface Options {
  readonly mode?: LoadMode
  readonly generation?: number
  readonly columns?: readonly string[]
}
const load = (
  table: AnyDataset,
  tick: number,
  rows: readonly string[],
  { mode = 'append', generation = 0, columns = ['id', 'day', 'v'] }: Options = {},
  into = warehouse,
) =>
  into.loadBatch({
    write: writeOf(table, tick, generation),
    table,
    mode,
    columns,
    source: (async function* () {
      yield rows.map((row) => `${row}\n`).join('')
    })(),
  })
const retain = (table: AnyDataset, tick: number, before: number) =>
  warehouse.retain({
    write: { ...writeOf(table, tick, 0), batch: `retain ${table.name} ${tick}` },
    table,
    column: 'day',
    before,
    timeZone: 'UTC',
  })

const held = (table: AnyDataset) =>
  warehouse.pool.query(`select ${Object.keys(table.columns).join(', ')} from ${quoteTable(table.name)} order by id, day, v`)
const partitions = async (table: AnyDataset) => ((await partitionsOf(warehouse.pool, table.name)) ?? []).map(({ from }) => text10(from))
const counts = ({ rowsIn, rowsWritten, rowsQuarantined }: Receipt) => ({ rowsIn, rowsWritten, rowsQuarantined })

const key = ['id', 'day']
const versions = { from: 'day', to: 'until' }
const versioned = {
  columns: { id: integer({ notNull: true }), day: date({ notNull: true }), until: date(), v: text() },
  key,
  order: undefined,
  versions,
}

test.each<readonly [what: string, mode: LoadMode, facts: object]>([
  ['an append without a key', 'append', {}],
  ['an append', 'append', { key }],
  ['new keys', 'new', { key }],
  ['an upsert', 'upsert', { key }],
  ['versions', 'scd2', versioned],
  ['a replaced table', 'full', { key }],
])('%s into partitions leaves what it leaves in a table: rows late, corrected, repeated and taken back', async (_, mode, facts) => {
  const [plain, parted] = await twoTables(facts)
  const generations = new Map<number, number>()
  for (let turn = 0; turn < 5; turn++) {
    const tick = 1 + random.integer(4)
    const generation = generations.get(tick) ?? 0
    generations.set(tick, generation + 1)
    const rows = Array.from(
      { length: random.integer(13) },
      () => `${1 + random.integer(4)},${text10(day(random.integer(150)))},${random.integer(4)}`,
    )
    // A full load of an older run is refused, in either table.
    const outcome = (table: AnyDataset) =>
      load(table, day(tick), rows, { mode, generation }).then(counts, ({ code }: { readonly code: string }) => code)
    const [one, other] = [await outcome(plain), await outcome(parted)]
    expect(other, `seed ${seed}`).toEqual(one)
    expect(await held(parted), `seed ${seed}`).toEqual(await held(plain))
  }
  expect(await checkDrift(warehouse.pool, [parted])).toEqual([])
})

test('partitions are there before rows come, and a receipt tells those that its rows had made', async () => {
  const [, parted] = await twoTables({ key })
  const told = await load(parted, Date.UTC(2026, 2, 15), ['1,2026-01-31,a', '2,2026-01-01,b'])
  expect(await partitions(parted)).toEqual(['2026-01-01', '2026-03-01', '2026-04-01'])
  expect(told.reason).toBe('made 3 partitions from 2026-01-01 to 2026-04-01')
  expect((await load(parted, Date.UTC(2026, 2, 16), ['3,2026-04-30,c'])).reason).toBeNull()
  await keepAhead(warehouse.pool, [parted], Date.UTC(2026, 4, 1))
  expect(await partitions(parted)).toEqual(['2026-01-01', '2026-03-01', '2026-04-01', '2026-05-01', '2026-06-01'])
})

test('retention drops whole partitions, deletes what is left, and leaves what it leaves in a table', async () => {
  const [plain, parted] = await twoTables({ key, keep: '30d' })
  const rows = ['1,2026-01-05,a', '2,2026-02-10,b', '3,2026-03-04,c', '4,2026-03-20,d']
  const receipts = []
  for (const table of [plain, parted]) {
    await load(table, day(80), rows)
    receipts.push(await retain(table, day(81), Date.UTC(2026, 2, 10)))
  }
  expect(await held(parted)).toEqual(await held(plain))
  expect(await held(parted)).toHaveLength(1)
  expect(receipts.map(({ rowsDeleted, reason }) => [rowsDeleted, reason])).toEqual([
    [3, 'deleted 3 rows with day before 2026-03-10'],
    [3, 'deleted 3 rows with day before 2026-03-10, and dropped 2 partitions'],
  ])
  expect(await partitions(parted)).toEqual(['2026-03-01', '2026-04-01'])
  expect(await retain(parted, day(81), Date.UTC(2026, 2, 10))).toMatchObject({ replayed: true, rowsDeleted: 3 })
})

test('a row that comes late into a partition that is gone is in quarantine with the reason; what is written again is left out', async () => {
  const [, parted] = await twoTables({ key, keep: '30d' })
  await load(parted, day(1), ['1,2026-01-05,a'])
  await retain(parted, day(81), Date.UTC(2026, 2, 1))
  expect(await load(parted, day(82), ['2,2026-02-28,late', '3,2026-03-01,good'])).toMatchObject({
    rowsIn: 2,
    rowsWritten: 1,
    rowsQuarantined: 1,
  })
  const found = await warehouse.quarantine({ dataset: `demo:${parted.id}` })
  expect(found.map(({ rule, cells }) => [rule, cells.id])).toEqual([['partition(day)', '2']])
  expect(await load(parted, day(1), ['1,2026-01-05,a'], { generation: 1 })).toMatchObject({ rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0 })
})

test('a load whose rows would need more partitions than a table should have is refused as a whole', async () => {
  const [, parted] = await twoTables({}, 'day')
  const rows = Array.from({ length: 1_001 }, (_, number) => `1,${text10(day(number))},a`)
  await expect(load(parted, day(1), rows)).rejects.toMatchObject({ code: 'warehouse.failed', facts: { partitions: 1_001 } })
  expect(await partitions(parted)).toEqual([])
})

test.each([
  ['without a key', {}],
  ['with a key', { key }],
])('two loads that need the same new partitions %s wait for one another and do not deadlock', async (_, facts) => {
  const [, parted] = await twoTables(facts)
  const months = [0, 1, 2, 3].map((month) => text10(Date.UTC(2027, month, 1)))
  await Promise.all(
    [1, 2, 3].map((number) =>
      load(
        parted,
        day(number),
        (number % 2 === 0 ? months : months.toReversed()).map((month) => `${number},${month},a`),
      ),
    ),
  )
  expect(await held(parted)).toHaveLength(12)
  expect(await partitions(parted)).toEqual(expect.arrayContaining(months))
})

test('instants lie in the partition of their UTC day, and a table that has references gets partitions that have them', async () => {
  const parents = dataset('shop.parents', { on: 'warehouse', columns: { id: integer({ notNull: true }) }, key: ['id'] })
  const events = dataset('shop.events', {
    on: 'warehouse',
    columns: { id: integer({ notNull: true }), at: timestamp({ notNull: true }) },
    key: ['id', 'at'],
    partition: { by: 'day', column: 'at', ahead: 0 },
    references: { id: parents },
    indexes: ['at'],
  })
  for (const statement of [parents, events].flatMap((table) => createTableSql(table))) await warehouse.pool.query(statement)
  await warehouse.pool.query('insert into shop.parents (id, _load_id) values (1, 0)')
  const rows = ['1,2026-01-01T23:59:59.999999Z', '1,2026-01-02T01:30:00+02:00', '1,2026-01-02T00:00:00Z', '9,2026-01-05T00:00:00Z']
  expect(await load(events, day(1), rows, { columns: ['id', 'at'] })).toMatchObject({ rowsWritten: 3, rowsQuarantined: 1 })
  expect(
    await warehouse.pool.query(
      'select tableoid::regclass::text as partition, count(*)::int as rows from shop.events group by 1 order by 1',
    ),
  ).toEqual([
    { partition: 'sluice."shop.events_20260101"', rows: 2 },
    { partition: 'sluice."shop.events_20260102"', rows: 1 },
  ])
  expect(await checkDrift(warehouse.pool, [parents, events])).toEqual([])
})

test('who reads a partition that is to go keeps it until he has ended, and retention then goes on', async () => {
  const [, parted] = await twoTables({ key, keep: '30d' })
  await load(parted, day(1), ['1,2026-01-05,a'])
  const { done, release, held: isHeld } = reader(parted)
  await isHeld
  const dropping = retain(parted, day(90), Date.UTC(2026, 2, 1))
  await waited(parted)
  release()
  await done
  expect(await dropping).toMatchObject({ rowsDeleted: 1 })
})

test('a load without a key that has looked at what is kept writes before a retention drops what it writes into', async () => {
  const [, parted] = await twoTables({ keep: '30d' })
  await load(parted, day(1), ['1,2026-01-05,a'])
  const retaining = Promise.withResolvers<Receipt>()
  const { pool } = warehouse
  const between = openWarehouse({ database: { pool: beforeInsert(pool, parted, begin) }, project: 'demo' })
  const told = await load(parted, day(2), ['2,2026-01-06,b'], {}, between)
  expect([counts(told), await retaining.promise]).toMatchObject([{ rowsIn: 1, rowsWritten: 1, rowsQuarantined: 0 }, { rowsDeleted: 2 }])

  /** Retention has ended, or waits for the load. */
  async function begin(): Promise<void> {
    let ended = false
    const done = retain(parted, day(90), Date.UTC(2026, 2, 1)).finally(() => {
      ended = true
    })
    retaining.resolve(done)
    const waits = 'select from pg_locks where relation = $1::regclass and not granted'
    while (!ended && (await pool.query(waits, [quoteTable(parted.name)])).length === 0);
  }
})

/** The pool, of whose transactions the first insert into the table comes behind an act. */
function beforeInsert(pool: Pool, table: AnyDataset, act: () => Promise<void>): Pool {
  let begun = false
  return {
    ...pool,
    transaction: (fn, options) =>
      pool.transaction(
        (tx) =>
          fn({
            ...tx,
            execute: async (statement, params) => {
              if (
                !begun &&
                (typeof statement === 'string' ? statement : statement.text).startsWith(`insert into ${quoteTable(table.name)}`)
              ) {
                begun = true
                await act()
              }
              return await tx.execute(statement, params)
            },
          }),
        options,
      ),
  }
}

test('a partition that was detached by hand keeps its name and its rows, and the next load makes another one', async () => {
  const [, parted] = await twoTables({ key })
  await load(parted, day(1), ['1,2026-01-05,a'])
  const [first] = (await partitionsOf(warehouse.pool, parted.name)) ?? []
  await warehouse.pool.query(`alter table ${quoteTable(parted.name)} detach partition ${first?.name}`)
  expect(await load(parted, day(2), ['2,2026-01-06,b'])).toMatchObject({ rowsWritten: 1, reason: 'made the partition from 2026-01-01' })
  expect(await warehouse.pool.query(`select id from ${first?.name}`)).toEqual([{ id: 1 }])
  expect(await held(parted)).toMatchObject([{ id: 2 }])
})

test('a default partition made by hand that holds rows of a new one is named', async () => {
  const [, parted] = await twoTables({ key })
  await warehouse.pool.query(`create table shop."the rest" partition of ${quoteTable(parted.name)} default`)
  await warehouse.pool.query(`insert into ${quoteTable(parted.name)} (id, day, _load_id) values (1, '2026-01-05', 0)`)
  await expect(load(parted, day(1), ['2,2026-01-06,b'])).rejects.toMatchObject({
    code: 'warehouse.failed',
    message: `the partition of ${parted.name} from '2026-01-01' to '2026-02-01' cannot be made: the default partition shop."the rest" holds rows of it`,
    next: expect.stringContaining('detach partition shop."the rest"'),
  })
  await warehouse.pool.query(`alter table ${quoteTable(parted.name)} detach partition shop."the rest"`)
  expect(await load(parted, day(1), ['2,2026-01-06,b'])).toMatchObject({ rowsWritten: 1 })
})

function reader(table: AnyDataset) {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const done = warehouse.pool.transaction(async (tx) => {
    await tx.query(`select from ${quoteTable(table.name)}`)
    begun.resolve()
    await ended.promise
  })
  return { done, release: ended.resolve, held: begun.promise }
}

/** Until somebody has asked for the whole table. */
async function waited(table: AnyDataset): Promise<void> {
  const asked = `select from pg_locks where relation = $1::regclass and mode = 'AccessExclusiveLock' and not granted`
  while ((await warehouse.pool.query(asked, [quoteTable(table.name)])).length === 0);
}
