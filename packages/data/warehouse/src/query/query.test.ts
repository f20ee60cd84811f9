import { batchRows, instantSql, load, model, sql, table, task, text } from '@sluice/author'
import { expect, test } from 'vitest'
import { placeOf } from './frame.ts'
import { jsonSafe } from './json-safe.ts'
import { bindNamed, namedParams } from './named-params.ts'
import { renderSql } from './render.ts'
import { statementKind } from './statement-kind.ts'

const coins = table({ name: 'market.coins', columns: { id: text({ notNull: true }) }, key: ['id'] })
const silver = model({
  name: 'silver.coins',
  on: 'lake',
  columns: { id: text({ notNull: true }) },
  refresh: { by: 'full' },
  query: () => sql`select 1`,
})
const loaded = load({ from: silver, into: coins, mode: 'append' })
const top = model({
  name: 'public.top',
  on: 'warehouse',
  columns: { id: text() },
  refresh: { by: 'full' },
  query: () => sql`select * from ${coins}`,
})

test('tables, loads and warehouse models become quoted names, values parameters typed as their literals', () => {
  const rendered = renderSql(sql`select * from ${coins} join ${loaded} using (id) join ${top} using (id)
where id = ${"'; drop"} limit ${5} offset ${2 ** 40} -- ${true} ${null} ${0.5} ${instantSql(1000)}`)
  expect(rendered.text).toBe(`select * from "market"."coins" join "market"."coins" using (id) join "public"."top" using (id)
where id = $1 limit $2::integer offset $3::bigint -- $4::boolean $5 $6::numeric to_timestamp($7::numeric / 1000)`)
  expect(rendered.params).toEqual(["'; drop", 5, 2 ** 40, true, null, 0.5, 1000])
})

test('the rows of a batch are those of its loads, and need a batch', () => {
  expect(renderSql(sql`select where ${batchRows}`, { loadIds: [1, 2] })).toEqual({
    text: 'select where "_load_id" = any($1::bigint[])',
    params: [[1, 2]],
  })
  expect(() => renderSql(sql`select where ${batchRows}`)).toThrow('where there is no batch')
})

test('a step that wrote no warehouse table is refused', () => {
  const counted = task({ name: 'count', run: () => 3 })
  expect(() => renderSql({ kind: 'sql', parts: [{ kind: 'step', step: counted }] })).toThrow('step count wrote no table')
  expect(() => renderSql({ kind: 'sql', parts: [{ kind: 'step', step: silver }] })).toThrow('step silver.coins wrote no table')
})

test('a position becomes line, column and a caret, also behind tabs and wide characters', () => {
  expect(placeOf('select 1\n\tfrm x', 11)).toEqual({ line: 2, column: 2, frame: '  2 | \tfrm x\n    | \t^' })
  expect(placeOf("select '🙂' frm", 12)).toEqual({ line: 1, column: 12, frame: "  1 | select '🙂' frm\n    |            ^" })
  expect(placeOf('a', 3)).toBeUndefined()
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
