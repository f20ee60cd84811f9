import { dataset, text } from '@sluice/author'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import { refuseVolatile } from './volatile.ts'

const table = dataset('public.things', { on: 'warehouse', columns: { v: text() } })

let demo: TestWarehouse
let warehouse: Warehouse
beforeAll(async () => {
  demo = await testWarehouse()
  warehouse = demo.warehouse
  await warehouse.pool.query(`create table source (day date, at timestamptz, word text, n integer);
    create function chance() returns integer language sql as 'select (random() * 6)::integer';
    create function fixed() returns integer language sql as 'select 4';
    create function steady(n integer) returns integer language sql immutable as 'select n';
    create function hidden() returns timestamptz language sql volatile as 'select now()';
    create function stably() returns date language sql stable as 'select current_date';
    create function slowly() returns timestamptz language plpgsql stable as 'begin return now(); end';
    create function by_default(v timestamptz default now()) returns timestamptz language sql stable as 'select v';
    create function vouched() returns text language sql immutable as 'select to_char(now(), $$$$)';
    create function more(state float8, word text) returns float8 language sql stable as 'select coalesce(state, 0) + random()';
    create aggregate chances(text) (sfunc = more, stype = float8);
    create view clock as select now() as v;
    create view clocks as select v from clock where v is not null;
    create view day_of_birth as select date 'today' as v, n from source`)
})
afterAll(() => demo.close())

const refused = (query: string, params: readonly unknown[] = []): Promise<unknown> =>
  warehouse.pool.transaction(async (tx) => {
    try {
      await refuseVolatile(tx, table, { text: query, params }, ['v'])
      // Nothing of it is left, and the transaction goes on.
      expect(await tx.query("select 1 as one where to_regclass('pg_temp.sluice_query') is null")).toEqual([{ one: 1 }])
      return undefined
    } catch (thrown) {
      return thrown
    }
  })

test.each([
  ['select now()', 'now()'],
  ['select pg_catalog.now()', 'now()'],
  ['select "now"()', 'now()'],
  ["select age(timestamp '2020-01-01')", 'age()'],
  ['select current_date', 'current_date'],
  ['select current_timestamp(3)', 'current_timestamp'],
  ['select localtime', 'localtime'],
  ["select 'today'::date", "'today'"],
  ["select date 'Tomorrow'", "'tomorrow'"],
  ["select word from source where day = 'today'", "'today'"],
  ["select word from source where at between 'yesterday' and $1::timestamptz", "'yesterday'"],
  ["select word from source where at > coalesce(at, 'now')", "'now'"],
  ['select random()', 'random()'],
  ['select gen_random_uuid()', 'gen_random_uuid()'],
  ['select clock_timestamp()', 'clock_timestamp()'],
  ['select timeofday()', 'timeofday()'],
  ["select current_setting('TimeZone')", 'current_setting()'],
  ['select word from source tablesample system (10)', 'a sample'],
  ['select word from source tablesample bernoulli (10) repeatable (42)', 'a sample'],
  ['select stably()', 'stably()'],
  ['select slowly()', 'slowly()'],
  ['select by_default()', 'by_default()'],
  ['select chances(word) from source', 'more()'],
  ['select v from clock', 'now()'],
  ['select v from clocks', 'now()'],
  ['select (select max(v) from clocks) from source', 'now()'],
  ['select s.xmin from source s', 'xmin'],
  ['select word from source order by ctid', 'ctid'],
  ["select '{now}'::timestamptz[]", "'now'"],
  ["select timestamptz E'n\\x6fw'", "'now'"],
  ['select chance()', 'chance()'],
  ['select hidden()', 'hidden()'],
  ['select word from source order by random()', 'random()'],
  ['select (with x as (select 1 where exists (select from source where at < now())) select count(*) from x)', 'now()'],
  ['select sum(n) filter (where random() < 1) over (partition by word) from source', 'random()'],
  ['select f.v from generate_series(1, 3) g, lateral (select g + random()) f(v)', 'random()'],
  ['select pg_backend_pid()', 'pg_backend_pid()'],
  ["select nextval(pg_get_serial_sequence('public.sluice_loads', 'id'))", 'nextval()'],
])('a query whose result depends on when it runs is refused: %s', async (query, word) => {
  expect(await refused(query, ['2026-01-01'])).toMatchObject({ code: 'definition.invalid', facts: { word } })
})

test.each([
  'select word from source where n = $1::integer and word = $2 and $3::text is null -- $4 now()',
  "select word from source where word = 'today' or word = 'now()'",
  "select age(timestamp '2020-01-01', timestamp '2019-01-01')",
  "select date_trunc('hour', at, 'UTC') from source",
  "select to_char(at, 'YYYY') || steady(n) from source",
  'select age(n::text::xid) from source',
  "select jsonb_array_elements('[1]')",
  'select array_agg(word order by n) from source',
  'select n from source where n = any($5::bigint[])',
  "select at::date from source where at > '2026-01-01'",
  'select row_number() over (order by n) from source',
  'select current_user',
  'select fixed()',
  String.raw`select E'it\'s', word from source where n = $1::integer and word = 'a'`,
  "select 1 /* a /* b */ it's $1 */ from source where n = $1::integer and word = 'a'",
  "select $t1$it's$t1$, word from source where n = $1::integer and word = 'a'",
  "select date'2026-01-01', word from source where n = $1::integer and word = 'a'",
  'select vouched()',
  'select v, n from day_of_birth',
  'select tableoid::regclass::text from source',
])('a query that gives the same rows each time passes: %s', async (query) => {
  expect(await refused(query, [1, "it's", null, 'x', [1, 2]])).toBe(undefined)
})
