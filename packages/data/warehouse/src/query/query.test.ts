import { type AnyDataset, dataset, date, instant, integer, raw, type Sql, sql, text, timestamp } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { expect, test } from 'vitest'
import { jsonSafe } from './json-safe.ts'
import { bindNamed, namedParams } from './named-params.ts'
import { renderSql } from './render.ts'
import { sqlPosition } from './sql-position.ts'
import { statementKind } from './statement-kind.ts'

const columns = { id: text({ notNull: true }), at: timestamp(), day: date(), version: integer() }
const coins = dataset('market.coins', { on: 'warehouse', columns, key: ['id'], order: 'at' })
const noon = Date.UTC(2026, 0, 1, 12)

const render = (statement: Sql, known: AnyDataset = coins, loads: readonly string[] = []) =>
  renderSql(
    statement,
    testReading([known], {
      interval: { start: 0, end: noon },
      timeZone: 'Pacific/Auckland',
      batches: {
        [known.id]: loads.map((version) => ({ store: 'warehouse', dataset: '', batch: version, generation: 0, version, rows: 0 })),
      },
    }),
  )

test('a dataset is its quoted table, values are parameters typed as their literals', () => {
  const rendered = render(sql`select * from ${coins}
where id = ${"'; drop"} limit ${5} offset ${2 ** 40} -- ${true} ${null} ${0.5} ${instant(1000)}`)
  expect(rendered.text).toBe(`select * from "market"."coins"
where id = $1 limit $2::integer offset $3::bigint -- $4::boolean $5 $6::numeric to_timestamp($7::numeric / 1000)`)
  expect(rendered.params).toEqual(["'; drop", 5, 2 ** 40, true, null, 0.5, 1000])
})

test('the rows of a batch are those of its loads, and of no batch there are none', () => {
  const text = 'select from (select * from "market"."coins" where "_load_id" = any($1::bigint[])) c'
  expect(render(sql`select from ${coins.batch} c`, coins, ['1', '2'])).toEqual({ text, params: [[1, 2]] })
  expect(render(sql`select from ${coins.batch} c`)).toEqual({ text, params: [[]] })
})

test('latest rows and a span look back from the logical time, by day in the zone of the project, by any other order without it', () => {
  const of = (order: 'at' | 'day' | 'version') => dataset('market.coins', { on: 'warehouse', columns, order }) as AnyDataset as typeof coins
  expect(render(sql`${of('at').latest}`, of('at'))).toEqual({
    text: '(select * from "market"."coins" where "at" = (select max("at") from "market"."coins" where "at" <= to_timestamp($1::numeric / 1000)))',
    params: [noon],
  })
  expect(render(sql`${of('day').latest}`, of('day'))).toMatchObject({ params: ['2026-01-02'] })
  expect(render(sql`${of('version').latest}`, of('version'))).toEqual({
    text: '(select * from "market"."coins" where "version" = (select max("version") from "market"."coins"))',
    params: [],
  })
  expect(render(sql`${of('at').since('3d')}`, of('at')).params).toEqual([noon - 3 * 86_400_000, noon])
  expect(render(sql`${of('day').since('3d')}`, of('day'))).toEqual({
    text: '(select * from "market"."coins" where "day" between $1::date and $2::date)',
    params: ['2025-12-30', '2026-01-02'],
  })
})

test('a dataset of the lake, and one that the step does not declare, are refused by name', () => {
  const landed = dataset('bronze.coins', { on: 'lake', bodies: raw() })
  expect(() => render(sql`select * from ${landed}`, landed)).toThrow('lake.bronze.coins is in the lake')
  expect(() => render(sql`select * from ${coins}`, landed)).toThrow('does not say that it reads')
})

test('a position becomes line, column and a caret, also behind tabs and wide characters', () => {
  expect(sqlPosition('select 1\n\tfrm x', 11)).toEqual({ line: 2, column: 2, frame: '  1 | select 1\n> 2 |  frm x\n    |  ^' })
  expect(sqlPosition("select '🙂' frm", 12)).toEqual({ line: 1, column: 12, frame: "> 1 | select '🙂' frm\n    |            ^" })
  expect(sqlPosition('a', 3)).toBeUndefined()
})

test('queries are told from other statements behind comments and parentheses', () => {
  const kinds = [
    'select 1',
    '/* a /* b */ c */ -- d\n ((SELECT 1))',
    'with x as (select 1) table x',
    'values (1)',
    'explain select 1',
    'show all',
  ].map(statementKind)
  expect(kinds).toEqual(['cursor', 'cursor', 'cursor', 'cursor', 'direct', 'direct'])
  const others = [
    'insert into t values (1)',
    '-- select\ndrop table t',
    '/* select */ commit',
    '',
    'selects',
    '(explain select 1)',
    'copy t to stdout',
  ]
  expect(others.map(statementKind)).toEqual(others.map(() => 'refused'))
})

test('values become JSON that loses nothing', () => {
  expect(
    [
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      1.5,
      10n ** 20n,
      Buffer.from([255, 0]),
      [undefined, { a: [Number.NaN] }],
      { toPostgres: () => '1 day' },
    ].map(jsonSafe),
  ).toEqual(['NaN', '-Infinity', 1.5, '100000000000000000000', '\\xff00', [null, { a: ['NaN'] }], '1 day'])
})

test('named placeholders become parameters at the same place, each name once', () => {
  expect(bindNamed('select :a::text where x > :from and y < :a', { from: '1', a: "'; drop" })).toEqual({
    text: 'select $1::text where x > $2    and y < $1',
    params: ["'; drop", '1'],
  })
  expect(bindNamed('select 1', {})).toEqual({ text: 'select 1', params: [] })
})

test('what only looks like a placeholder is none', () => {
  const text = `-- :a
select ':b', E'\\':c', "x:d", $$ :e $$, $q$ :f $$ :g $q$, x::int, '{1,2}'::int[], y[1 : 2], 10 /* :h /* :i */ :j */, 'it''s :k' as "q"":l"`
  expect(namedParams(text)).toEqual([])
  expect(namedParams('select :one, /* :x */ :two -- :y\n, :one, (:three)')).toEqual(['one', 'two', 'three'])
})

test('a placeholder without a value and a value without a placeholder are refused, with what to give', () => {
  expect(() => bindNamed('select :day, :n', { day: '1', nn: '2' })).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      message: 'the query cannot be run: :n has no value; there is no :nn in it',
      next: 'Give --param day=... --param n=....',
    }),
  )
  expect(() => bindNamed('select :constructor', {})).toThrow(':constructor has no value')
})
