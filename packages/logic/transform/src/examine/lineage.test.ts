import { type DuckConnection, type DuckDB, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LineageColumn, lineageOf, Unread } from './lineage.ts'

/** What is followed, and the text that it holds in the tables below. */
const followed = { 'hr.people.mail': 'ada@example.org', 'hr.people.phone': '555-0100', 'hr.visits.note': 'allergic' }
const tables: Readonly<Record<string, readonly string[]>> = {
  'hr.people': ['id', 'mail', 'phone', 'team', 'tags'],
  'hr.visits': ['person', 'note', 'day'],
}
const tableOf = (name: string): readonly LineageColumn[] | undefined =>
  tables[name]?.map((column) => ({ name: column, of: new Set(`${name}.${column}` in followed ? [`${name}.${column}`] : []) }))

let duckdb: DuckDB
let connection: DuckConnection
beforeAll(async () => {
  duckdb = await openDuckDB({ threads: 1 })
  connection = await duckdb.connect()
  await connection.run('CREATE SCHEMA hr')
  await connection.run(
    `CREATE TABLE hr.people AS SELECT 1 AS id, 'ada@example.org' AS mail, '555-0100' AS phone, 'sales' AS team, ['x', 'y'] AS tags`,
  )
  await connection.run(`CREATE TABLE hr.visits AS SELECT 1 AS person, 'allergic' AS note, DATE '2026-11-29' AS day`)
})
afterAll(() => duckdb.close())

const lineage = async (sql: string) => {
  const tree = JSON.parse((await connection.value<string>(`SELECT json_serialize_sql(${quoteLiteral(sql)})`)) ?? '{}') as unknown
  return lineageOf(tree, tableOf)
}
const namesOf = (of: ReadonlySet<string>): string =>
  [...of]
    .map((id) => id.replace('hr.', ''))
    .sort((a, b) => (a < b ? -1 : 1))
    .join()
const madeOf = async (sql: string) =>
  Object.fromEntries((await lineage(sql)).flatMap(({ name, of }) => (of.size === 0 ? [] : [[name, namesOf(of)]])))

const mail = 'people.mail'
const both = 'people.mail,people.phone'
const cases: readonly (readonly [sql: string, made: Readonly<Record<string, string>>])[] = [
  ['select id, mail from hr.people', { mail }],
  ['select mail as who, p.phone, p.team from hr.people p', { who: mail, phone: 'people.phone' }],
  ['select upper(mail) || team as a, coalesce(phone, mail) as b, id as c from hr.people', { a: mail, b: both }],
  [
    "select case when mail = 'x' then 1 else 0 end as a, mail is null as b, md5(mail) as c, mail::varchar as d from hr.people",
    { a: mail, b: mail, c: mail, d: mail },
  ],
  ['select * from hr.people', { mail, phone: 'people.phone' }],
  ['select * exclude (mail) from hr.people', { phone: 'people.phone' }],
  ["select * exclude (phone) replace ('x' as mail) from hr.people", {}],
  ['select * replace (mail as team) from hr.people', { mail, phone: 'people.phone', team: mail }],
  ['select p.*, v.note from hr.people p join hr.visits v on v.person = p.id', { mail, phone: 'people.phone', note: 'visits.note' }],
  ['select a.x from (select mail as x, id as y from hr.people) a', { x: mail }],
  ['select y from (select mail, id from hr.people) a (x, y)', {}],
  ['select x from (select mail, id from hr.people) a (x, y)', { x: mail }],
  ['with a as (select mail as m, id from hr.people), b as (select m as n, id from a) select n, id from b', { n: mail }],
  ['with a (m) as materialized (select mail from hr.people) select m from a', { m: mail }],
  ['with people as (select id, team as mail from hr.people) select mail from people', {}],
  ['select id::varchar as v from hr.people union all select mail from hr.people', { v: mail }],
  ['select team as a from hr.people union by name select mail as b, team as a from hr.people', { b: mail }],
  ['select v from (values (1, 2)) t(v, w)', {}],
  ["select t.v from hr.people p, lateral (values ('variation', p.mail), ('volume', p.team)) t(k, v)", { v: mail }],
  ['select (select max(mail) from hr.people) as m, exists (select mail from hr.people) as e, 1 as n', { m: mail }],
  ['select v.day, (select p.mail from hr.people p where p.id = v.person) as m from hr.visits v', { m: mail }],
  ["select 'x' in (select mail from hr.people) as known from hr.visits", { known: mail }],
  ['select team, count(*) as n, count(distinct mail) as m, count(mail) filter (where phone is null) as k from hr.people group by team', {}],
  [
    'select team, max(mail) as newest, string_agg(phone order by mail) as all from hr.people group by team',
    { newest: mail, all: 'people.phone' },
  ],
  [
    'select row_number() over (partition by mail order by phone) as n, lag(mail) over (order by id) as before from hr.people',
    { before: mail },
  ],
  ['select id from hr.people where mail is not null order by phone', {}],
  ['select distinct on (mail) id, team from hr.people', {}],
  ['select list_transform(tags, t -> t || mail) as a, list_transform(tags, t -> t) as b from hr.people', { a: mail }],
  ["select unnest([mail, team]) as a, {'m': mail, 't': id} as b from hr.people", { a: mail, b: mail }],
  ["select s.m as a from (select {'m': mail} as s from hr.people)", { a: mail }],
  ['select lower(mail) as m, m || team as n, length(n) as l from hr.people', { m: mail, n: mail, l: mail }],
  ['select id, team from hr.people join (select person as id, note from hr.visits) v using (id)', {}],
  ['select columns(c -> true) from hr.people', { mail, phone: 'people.phone' }],
  ['select max(columns(*)) from hr.visits', { note: 'visits.note' }],
  ['select t.g as a from hr.people p, lateral unnest([p.mail]) t(g)', { a: mail }],
  ['from hr.people select mail as first', { first: mail }],
  [
    'with recursive r as (select 1 as n, team as v, mail as w from hr.people union all select n + 1, w, w from r where n < 3) select n, v from r',
    { v: mail },
  ],
  ['select p as whole from hr.people p', { whole: both }],
]

describe('each column of a query is made of what it is made of', () => {
  test.each(cases)('%s', async (sql, made) => {
    expect(await madeOf(sql)).toEqual(made)
  })
})

test.each(cases)('no value reaches a column that is not made of it: %s', async (sql) => {
  const columns = await lineage(sql)
  const rows = await connection.rows(sql)
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const text = JSON.stringify(value)
      for (const [source, secret] of Object.entries(followed)) {
        if (!text.includes(secret)) continue
        const of = columns.filter((column) => column.name === name.toLowerCase()).flatMap((column) => [...column.of])
        expect([name, of]).toEqual([name, expect.arrayContaining([source])])
      }
    }
  }
})

test.each<readonly [sql: string, made: Readonly<Record<string, string>>]>([
  ["select e.value ->> 'x' as a, id from hr.people p cross join lateral jsonb_each(to_jsonb(p.mail)) e", { a: mail }],
  ['select v.b from jsonb_to_recordset(\'[]\'::jsonb) as v (a integer, "b" text), hr.people', {}],
  ["select (array_agg(mail order by id desc))[1] as a, id at time zone 'Europe/Paris' as b from hr.people group by 2", { a: mail }],
  ['select percentile_cont(0.5) within group (order by mail) as a, 1 = any(array_agg(id)) as b from hr.people', {}],
  ['select row_to_json(p) as a from hr.people p', { a: both }],
  ["select hr.people.mail as a, date_trunc('hour', now() - interval '1 day') as b from hr.people", { a: mail }],
])('SQL of PostgreSQL is followed as far as the parser reads it: %s', async (sql, made) => {
  expect(await madeOf(sql)).toEqual(made)
})

test('nothing is claimed of what does not parse, or of a form that is not known', async () => {
  await expect(lineage('select from where')).rejects.toThrow(Unread)
  expect(() => lineageOf({ statements: [{ node: { type: 'DREAM_NODE' } }] }, tableOf)).toThrow(Unread)
})

test.each<readonly [sql: string, used: readonly string[]]>([
  ['select id from hr.people where mail is not null', ['people.mail']],
  ['select team, count(*) as n from hr.people group by team having max(phone) > 0 order by min(mail)', ['people.mail', 'people.phone']],
  ['select p.id from hr.people p join hr.visits v on p.mail = v.note', ['people.mail', 'visits.note']],
  ['select row_number() over (partition by mail order by phone) as n from hr.people', ['people.mail', 'people.phone']],
  ['select count(mail) filter (where phone is null) as n from hr.people', ['people.mail', 'people.phone']],
  ['select exists (select 1 from hr.visits v where v.note = p.mail) as e from hr.people p', ['people.mail', 'visits.note']],
  ['with c as (select mail as m from hr.people) select 1 as one from c where m = 1', ['people.mail']],
  ['select distinct id from hr.people qualify row_number() over (order by phone) = 1', ['people.phone']],
])('columns that only select, order or group rows are used: %s', async (sql, used) => {
  const tree = JSON.parse((await connection.value<string>(`SELECT json_serialize_sql(${quoteLiteral(sql)})`)) ?? '{}')
  const found = new Set<string>()
  lineageOf(tree, tableOf, (made) => {
    for (const column of made) found.add(column)
  })
  expect(namesOf(found)).toEqual(used.join())
})
