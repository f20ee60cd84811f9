import {
  type AnyDataset,
  boolean,
  dataset,
  date,
  decimal,
  double,
  integer,
  jsonb,
  type RowCheck,
  text,
  timestamp,
  unique,
  within,
} from '@sluice/author'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkDrift, createTableSql, type Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import type { LoadRequest } from './request.ts'

const columns = {
  day: date({ notNull: true }),
  name: text(),
  price: decimal(10, 2),
  weight: double(),
  seen: timestamp(),
  on: boolean(),
  extra: jsonb(),
}
const added = dataset('public.added', { on: 'warehouse', columns })
const keyed = dataset('public.keyed', { on: 'warehouse', columns: { id: integer(), n: integer() }, key: ['id'] })

let demo: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  demo = await testWarehouse(added, keyed)
  warehouse = demo.warehouse
  await warehouse.pool.query('create table public.source (id integer, n integer)')
})
beforeEach(() => warehouse.pool.query('truncate added, keyed, source, sluice_loads, sluice_quarantine'))
afterAll(() => demo.close())

function writeOf(run: string, generation: number, name: string): BatchWrite {
  const dataset = `demo:warehouse.${name}`
  const identity = { project: 'demo', pipeline: 'p', task: name, mapKey: null, dataset, write: 'main' }
  const batch = batchId({ ...identity, runKey: manualRunKey(run) })
  return { ...identity, run, attempt: 1, batch, generation, logicalTime: 0, inputs: [] }
}

interface Case {
  readonly run?: string
  readonly generation?: number
  readonly mode?: LoadRequest['mode']
  readonly checks?: readonly RowCheck[]
  readonly params?: readonly unknown[]
}
const checked = (target: AnyDataset, checks: readonly RowCheck[]): AnyDataset => ({ ...target, facts: { ...target.facts, checks } })
const into = (target: AnyDataset, query: string, of: Case = {}) =>
  warehouse.loadBatch({
    write: writeOf(of.run ?? 'r', of.generation ?? 0, target.name),
    table: checked(target, of.checks ?? []),
    mode: of.mode ?? 'append',
    columns: Object.keys(target.columns),
    source: { text: query, params: of.params ?? [] },
  })
const intoKeyed = (query: string, of: Case = {}) => into(keyed, query, { mode: 'upsert', ...of })
const keyedRows = () => warehouse.pool.query<{ id: number; n: number }>('select id, n from keyed order by id')

const exotic = `select null::jsonb as extra, date '0044-03-15' as day, ''::text as name, 0.10 as price, 1e-300::float8 as weight,
    timestamptz '2026-11-21 03:30:00.123456+02' as seen, true as "on"
  union all select '{"a": [1, null]}', date '9999-12-31', E'tab\\t, "quote", é 😀\\n', -99999999.99, 'NaN', timestamp '1969-12-31 23:59:59.999999', false
  union all select null, date '2026-01-01', null, null, null, null, null -- the end`

test('every kind of value arrives unchanged, by the names of the columns', async () => {
  expect(await into(added, exotic)).toMatchObject({ rowsIn: 3, rowsWritten: 3, rowsQuarantined: 0, bytes: 0, status: 'written' })
  const differing = await warehouse.pool.query(`
    with expected as (${exotic}\n)
    (select day, name, price, weight, seen, "on", extra from expected except select day, name, price, weight, seen, "on", extra from added)
    union all (select day, name, price, weight, seen, "on", extra from added except select day, name, price, weight, seen, "on", extra from expected)`)
  expect(differing).toEqual([])
})

test('the same batch is answered with its receipt, a raised generation replaces exactly its rows', async () => {
  await into(added, 'select *, null::date as day from (values (1)) v (x) limit 0', {}).catch(() => undefined)
  const query =
    "select date '2026-01-01' as day, $1 as name, null as price, null as weight, null as seen, null as on, null as extra from generate_series(1, $2::integer)"
  const first = await into(added, query, { params: ['a', 3] })
  await into(added, query, { run: 'other', params: ['b', 2] })
  expect(await into(added, query, { params: ['changed', 9] })).toEqual({ ...first, replayed: true })
  expect(await into(added, query, { generation: 1, params: ['c', 1] })).toMatchObject({ rowsWritten: 1, replayed: false })
  expect(await warehouse.pool.query('select name, count(*) as n from added group by name order by name')).toEqual([
    { name: 'b', n: 2 },
    { name: 'c', n: 1 },
  ])
})

test('by key, rows are inserted or updated, and where a raised generation leaves a key out the row before it comes back', async () => {
  await intoKeyed('select * from (values (1, 10), (2, 20)) v (id, n)', { run: 'a' })
  await intoKeyed('select * from (values (2, 21), (3, 31)) v (id, n)', { run: 'b' })
  expect(await keyedRows()).toEqual([
    { id: 1, n: 10 },
    { id: 2, n: 21 },
    { id: 3, n: 31 },
  ])
  await intoKeyed('select * from (values (3, 32)) v (id, n)', { run: 'b', generation: 1 })
  expect(await keyedRows()).toEqual([
    { id: 1, n: 10 },
    { id: 2, n: 20 },
    { id: 3, n: 32 },
  ])
})

test('a query that reads its own table sees it without the rows that its batch is about to replace; a full one sees all', async () => {
  const next = 'select coalesce(max(id), 0) + 1 as id, count(*) as n from keyed'
  await intoKeyed(next, { run: 'a' })
  await intoKeyed(next, { run: 'b' })
  await intoKeyed(next, { run: 'b', generation: 1 })
  expect(await keyedRows()).toEqual([
    { id: 1, n: 0 },
    { id: 2, n: 1 },
  ])
  await intoKeyed(next, { run: 'c', mode: 'full' })
  expect(await keyedRows()).toEqual([{ id: 3, n: 2 }])
})

test('full replaces all rows of the table, also with none', async () => {
  await intoKeyed('select * from (values (1, 10), (2, 20)) v (id, n)', { run: 'a', mode: 'full' })
  expect(await intoKeyed('select * from (values (9, 90)) v (id, n)', { run: 'b', mode: 'full' })).toMatchObject({
    mode: 'full',
    rowsWritten: 1,
  })
  expect(await keyedRows()).toEqual([{ id: 9, n: 90 }])
  await intoKeyed('select id, n from source', { run: 'c', mode: 'full' })
  expect(await keyedRows()).toEqual([])
})

test('rows that break a check, do not fit or repeat a key go to quarantine, and all are counted', async () => {
  const query = `select date '2026-01-01' as day, name, price, null as weight, null as seen, null as on, null as extra from (values
    ('ok', '1.00'), ('ok', '2.00'), ('bad', '1.00'), (null, '1.00'), ('ok', '-0.01'), ('ok', '100.01'), ('ok', '1.001'), ('ok', 'x'), ('b', null)) v (name, price)`
  const checks: RowCheck[] = [
    { kind: 'not_null', columns: ['name'] },
    within('price', { min: 0, max: '100.005' }),
    { kind: 'accepted', column: 'name', values: ['ok', 'b'] },
    unique('name', 'price'),
    unique('day', 'name'),
  ]
  expect(await into(added, query, { checks })).toMatchObject({ rowsIn: 9, rowsWritten: 2, rowsQuarantined: 7 })
  expect((await warehouse.quarantine()).map(({ rowNumber, rule, place }) => [rowNumber, rule, place])).toEqual([
    [3, 'accepted(name)', 'name'],
    [4, 'not_null(name)', 'name'],
    [5, 'within(price)', 'price'],
    [6, 'within(price)', 'price'],
    [7, 'exact(price)', 'price'],
    [8, 'type(price)', 'price'],
    [2, 'unique(day,name)', 'day,name'],
  ])
})

test('a large batch is judged as a small one is', async () => {
  const query = `select date '2026-01-01' as day, case when i % 1000 = 0 then null else 'n' || i end as name, case when i = 7 then 'x' else i::text end as price,
    null as weight, null as seen, null as on, null as extra from generate_series(1, 12000) i`
  const checks: RowCheck[] = [{ kind: 'not_null', columns: ['name'] }, within('price', { max: 11_000 })]
  expect(await into(added, query, { checks })).toMatchObject({ rowsIn: 12_000, rowsWritten: 10_988, rowsQuarantined: 1_012 })
  const clean = query.replace("'x'", "'7'")
  expect(await into(added, clean, { checks, run: 'clean' })).toMatchObject({ rowsWritten: 10_989, rowsQuarantined: 1_011 })
})

test('when every row breaks a rule nothing is written and what the table held stays', async () => {
  await intoKeyed('select 1 as id, 1 as n', { run: 'a' })
  const broken = intoKeyed('select * from (values (2, -1), (3, -2), (null, 1)) v (id, n)', {
    run: 'b',
    mode: 'full',
    checks: [within('n', { min: 0 })],
  })
  await expect(broken).rejects.toMatchObject({
    code: 'quality.failed',
    facts: {
      rows: 3,
      rules: [
        { rule: 'within(n)', rows: 2 },
        { rule: 'not_null(id)', rows: 1 },
      ],
    },
  })
  expect(await keyedRows()).toEqual([{ id: 1, n: 1 }])
  expect(await warehouse.receipts()).toHaveLength(1)
})

test.each([
  ['SQL that does not parse', 'select 1 as id,\n  frm', { line: 2, column: 3 }],
  ['a column too few', 'select 1 as id', { missing: ['n'], extra: [] }],
  ['a column too many', 'select 1 as id, 2 as n, 3 as more', { missing: [], extra: ['more'] }],
  ['a column twice', 'select 1 as id, 2 as n, 3 as n', { missing: [], extra: ['n'] }],
  ['a statement that changes rows', 'with gone as (delete from source returning id, n) select id, n from gone', { sqlstate: '0A000' }],
  [
    'two statements',
    'select 1 as id, 2 as n) as r; commit; drop table source; select * from (select 1 as id, 2 as n',
    { sqlstate: '42601' },
  ],
])('%s is refused before anything is written', async (_, query, facts) => {
  await expect(intoKeyed(query)).rejects.toMatchObject({ code: 'definition.invalid', facts })
  expect(await warehouse.pool.query("select to_regclass('public.source') is not null as there")).toEqual([{ there: true }])
  expect(await warehouse.receipts()).toEqual([])
})

test('of two runs at once the one that writes last has also looked last', async () => {
  await warehouse.pool.query('insert into source values (1, 1)')
  const query = 'select id, n from source'
  await warehouse.pool
    .transaction(async (tx) => {
      // Holds both up where they wait for their turn, until the newer number is there.
      await tx.query('lock table keyed in share row exclusive mode')
      const both = Promise.all([intoKeyed(query, { run: 'a' }), intoKeyed(query, { run: 'b' })])
      for (let waiting = 0; waiting < 2; ) {
        const [row] = await warehouse.pool.query<{ n: number }>(
          "select count(*) as n from pg_locks where relation = 'keyed'::regclass and not granted",
        )
        waiting = row?.n ?? 0
      }
      await warehouse.pool.query('update source set n = 2')
      return { both }
    })
    .then(({ both }) => both)
  expect(await keyedRows()).toEqual([{ id: 1, n: 2 }])
})

test('what a column may hold is a rule of each row and a constraint of the database', async () => {
  const states = dataset('public.states', {
    on: 'warehouse',
    columns: { id: integer({ notNull: true }), state: text({ oneOf: ['on', "o'ff"] }) },
    key: ['id'],
    checks: [within('id', { max: 3 })],
  })
  for (const statement of createTableSql(states)) await warehouse.pool.query(statement)
  expect(await checkDrift(warehouse.pool, [states])).toEqual([])
  const query = "select * from (values (1, 'on'), (2, 'o''ff'), (3, null), (4, 'on'), (5, 'gone')) v (id, state)"
  expect(await into(states, query, { checks: states.facts.checks })).toMatchObject({ rowsWritten: 3, rowsQuarantined: 2 })
  expect((await warehouse.quarantine()).map(({ rowNumber, rule }) => [rowNumber, rule])).toEqual([
    [4, 'within(id)'],
    [5, 'accepted(state)'],
  ])
  await expect(warehouse.pool.query("update states set state = 'gone'")).rejects.toMatchObject({ facts: { sqlstate: '23514' } })
  const wider = dataset('public.states', {
    on: 'warehouse',
    columns: { ...states.columns, state: text({ oneOf: ['on', 'gone'] }) },
    key: ['id'],
  })
  expect(await checkDrift(warehouse.pool, [wider])).toEqual([
    "CHECK ((state = ANY (ARRAY['on'::text, 'gone'::text]))) on public.states is declared and not in the database",
    "CHECK ((state = ANY (ARRAY['on'::text, 'o''ff'::text]))) on public.states is in the database, and neither a dataset nor a migration has it",
  ])
})
