import { dataset, decimal, integer, jsonb, text, timestamp } from '@sluice/author'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTableSql, type Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import { loadBatch } from './load-batch.ts'

const things = dataset('public.things', {
  on: 'warehouse',
  columns: {
    id: integer(),
    name: text(),
    price: decimal(10, 2),
    at: timestamp(),
    extra: jsonb(),
    doubled: decimal(10, 2, { generated: 'price * 2' }),
  },
  key: ['id'],
})
const columns = ['id', 'name', 'price', 'at', 'extra']
const given = { id: { kind: 'integer' }, price: { kind: 'decimal', precision: 10, scale: 2 } } as const

let demo: TestWarehouse
let warehouse: Warehouse
beforeAll(async () => {
  demo = await testWarehouse()
  warehouse = demo.warehouse
})
beforeEach(async () => {
  await warehouse.pool.query('drop table if exists things')
  await warehouse.pool.query('truncate sluice_loads, sluice_quarantine, sluice_superseded')
  for (const statement of createTableSql(things)) await warehouse.pool.query(statement)
})
afterAll(() => demo.close())

type Mode = 'append' | 'upsert'
const load = (batch: string, content: string | readonly Buffer[], { mode = 'append' as Mode, largeFrom = 10_000, generation = 0 } = {}) =>
  loadBatch(
    warehouse.pool,
    {
      write: {
        project: 'demo',
        pipeline: 'p',
        task: 't',
        run: 'r',
        attempt: 1,
        dataset: `demo:warehouse.${things.name}`,
        batch,
        generation,
        logicalTime: Number(batch),
        inputs: [],
      },
      table: things,
      mode,
      columns,
      given,
      source: (async function* () {
        yield* typeof content === 'string' ? [Buffer.from(content)] : content
      })(),
    },
    { largeFrom },
  )
const refused = async () => (await warehouse.quarantine()).map(({ rowNumber, rule }) => `${rowNumber} ${rule}`)
const ids = async () => (await warehouse.pool.query<{ id: number }>('select id from things order by id')).map(({ id }) => id)

const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('')
const good = lines('1,a,1,,', '2,b,2,,', '3,c,3,,', '4,d,4,,', '5,e,5,,', '6,f,6,,', '7,g,7,,')

const handMade: readonly (readonly [what: string, sql: string, refused: readonly string[]])[] = [
  ['a check', "alter table things add constraint no_c check (name <> 'c')", ['3 constraint(no_c)']],
  [
    'two checks',
    "alter table things add constraint no_c check (name <> 'c'), add constraint cheap check (price < 7)",
    ['3 constraint(no_c)', '7 constraint(cheap)'],
  ],
  [
    'a unique index over an expression',
    'create unique index by_parity on things ((id / 6))',
    ['2 constraint(by_parity)', '3 constraint(by_parity)', '4 constraint(by_parity)', '5 constraint(by_parity)', '7 constraint(by_parity)'],
  ],
  ['a partial unique index', 'create unique index one_dear on things ((true)) where price > 5', ['7 constraint(one_dear)']],
  [
    'an exclusion constraint',
    'alter table things add constraint apart exclude ((price > 5) with =) where (price > 5)',
    ['7 constraint(apart)'],
  ],
  [
    'a column that may not be null',
    'alter table things alter extra set not null, alter extra set default null',
    [1, 2, 3, 4, 5, 6, 7].map((line) => `${line} not_null(extra)`),
  ],
  [
    'a trigger that raises',
    `create or replace function no_c() returns trigger language plpgsql as $$ begin if new.name = 'c' then raise 'no c'; end if; return new; end $$;
     create trigger no_c before insert on things for each row execute function no_c()`,
    ['3 refused(P0001)'],
  ],
  ...['P0002', 'P0004', '38000', '42501', '45000', '54000', '55000', 'ZZ001'].map(
    (code) =>
      [
        `a trigger that raises ${code}`,
        `create or replace function no_c() returns trigger language plpgsql as $$
         begin if new.name = 'c' then raise 'no c' using errcode = '${code}'; end if; return new; end $$;
         create trigger no_c before insert on things for each row execute function no_c()`,
        [`3 refused(${code})`],
      ] as const,
  ),
  [
    'a constraint trigger that is checked at the end',
    `create or replace function no_c() returns trigger language plpgsql as $$ begin if new.name = 'c' then raise 'no c'; end if; return new; end $$;
     create constraint trigger no_c after insert on things deferrable initially deferred for each row execute function no_c()`,
    ['3 refused(P0001)'],
  ],
  [
    'a unique constraint that is checked at the end',
    'alter table things add by_half integer generated always as (id / 6) stored, add constraint halves unique (by_half) deferrable initially deferred',
    ['2 constraint(halves)', '3 constraint(halves)', '4 constraint(halves)', '5 constraint(halves)', '7 constraint(halves)'],
  ],
  [
    'a key that is too long for its index',
    `create or replace function wide(name text) returns text immutable language sql as
       $$ select string_agg(md5(name || n), '') from generate_series(1, case when name = 'c' then 1000 else 1 end) n $$;
     create index by_name on things (wide(name))`,
    ['3 refused(54000)'],
  ],
  [
    'a domain',
    "drop domain if exists short cascade; create domain short as text check (value <> 'c'); alter table things alter name type short",
    ['3 constraint(short_check)'],
  ],
]

test.each(handMade.flatMap(([what, sql, rules]) => (['append', 'upsert'] as const).map((mode) => [what, mode, sql, rules] as const)))(
  '%s made by hand refuses the rows that break it, and no others (%s)',
  async (_, mode, sql, rules) => {
    await warehouse.pool.query(sql)
    for (const [batch, largeFrom] of [
      ['1', 10_000],
      ['2', 0],
    ] as const) {
      await warehouse.pool.query('truncate things, sluice_loads, sluice_quarantine, sluice_superseded')
      const receipt = await load(batch, good, { mode, largeFrom })
      expect(await refused()).toEqual(rules)
      expect(receipt).toMatchObject({ rowsIn: 7, rowsWritten: 7 - rules.length, rowsQuarantined: rules.length })
      const gone = rules.map((rule) => Number.parseInt(rule, 10))
      expect(await ids()).toEqual([1, 2, 3, 4, 5, 6, 7].filter((id) => !gone.includes(id)))
      expect(await load(batch, good, { mode, largeFrom })).toMatchObject({ replayed: true, rowsQuarantined: rules.length })
    }
  },
)

test('a generated column that overflows costs its row alone, and the rule carries the code', async () => {
  expect(await load('1', lines('1,a,1,,', '2,b,99999999.99,,', 'x,c,1,,'))).toMatchObject({ rowsIn: 3, rowsWritten: 1, rowsQuarantined: 2 })
  expect((await refused()).toSorted()).toEqual(['2 refused(22003)', '3 type(id)'])
})

test('an upsert whose row is refused leaves what the table holds as it was', async () => {
  await load('1', good, { mode: 'upsert' })
  await warehouse.pool.query('alter table things add constraint short check (length(name) < 3)')
  const receipt = await load('2', lines('1,longer,9,,', '2,bb,9,,'), { mode: 'upsert' })
  expect(receipt).toMatchObject({ rowsWritten: 1, rowsQuarantined: 1 })
  expect(await warehouse.pool.query('select name, price from things where id < 3 order by id')).toEqual([
    { name: 'a', price: '1.00' },
    { name: 'bb', price: '9.00' },
  ])
  expect(await warehouse.pool.query('select key from sluice_superseded')).toHaveLength(1)
})

test('a load that may not write at all fails with what the database says, and quarantines nothing', async () => {
  await warehouse.pool.query(
    `create or replace function closed() returns trigger language plpgsql as $$ begin raise 'closed' using errcode = '42501'; end $$;
     create trigger closed before insert on things for each statement execute function closed()`,
  )
  await expect(load('1', good)).rejects.toMatchObject({ code: 'warehouse.failed', facts: { sqlstate: '42501' } })
  expect(await warehouse.receipts()).toEqual([])
})

test.each([
  ['all rows', 'id < 0', 0],
  ['nine rows of ten', 'id % 10 = 3', 600],
  ['one row of ten', 'id % 10 <> 3', 5_400],
])('however many rows the database refuses, the others are written: %s', async (_, condition, good) => {
  await warehouse.pool.query(`alter table things add constraint none check (${condition})`)
  const many = Array.from({ length: 6_000 }, (_, id) => `${id},a,1,,\n`).join('')
  expect(await load('1', many)).toMatchObject({ rowsIn: 6_000, rowsWritten: good, rowsQuarantined: 6_000 - good })
  expect(new Set((await warehouse.quarantine()).map(({ rule }) => rule))).toEqual(new Set(['constraint(none)']))
  expect(await warehouse.pool.query(`select count(*)::integer as odd from things where not (${condition})`)).toEqual([{ odd: 0 }])
})

test('what is not the fault of rows ends the load, also where rows are tried one by one', async () => {
  await warehouse.pool.query(`create or replace function stop() returns trigger language plpgsql as $$
    begin if new.name = 'c' then raise 'stop' using errcode = '53400'; end if; raise 'no'; end $$;
    create trigger stop before insert on things for each row execute function stop()`)
  await expect(load('1', good)).rejects.toMatchObject({ facts: { sqlstate: '53400' } })
  expect(await warehouse.receipts()).toEqual([])
})

test.each([10_000, 0])('a NUL character costs its row, wherever the bytes are cut (from %i rows on)', async (largeFrom) => {
  const content = Buffer.from(lines('1,"a\0b",1,,', '2,b,2,,', '3,c,3,,"{""a"":""\0""}"', '4\0,d,4,,', '5,e,5\0,,', '6,f,6,,'))
  const pieces = Array.from(content, (_, at) => content.subarray(at, at + 1))
  expect(await load('1', pieces, { largeFrom })).toMatchObject({ rowsIn: 6, rowsWritten: 2, rowsQuarantined: 4 })
  expect((await refused()).toSorted()).toEqual(['1 characters(name)', '3 characters(extra)', '4 type(id)', '5 type(price)'])
  expect(await ids()).toEqual([2, 6])
})
