import { describe, expect, it } from 'vitest'
import { accepted, notNull, unique, within } from './checks.ts'
import { text, timestamp } from './columns.ts'
import { model, queryContext, tableOfModel } from './model.ts'
import { sql } from './sql.ts'
import { table } from './table.ts'

const columns = { id: text(), seen_at: timestamp() }

describe('a query', () => {
  it.each([
    [
      'a counter',
      () => {
        let n = 0
        return () => sql`select ${n++} as id`
      },
    ],
    ['a random number', () => () => sql`select ${Math.random()} as id`],
    [
      'a clock that moves',
      () => {
        let clock = 0
        return () => {
          clock += 1_000
          return sql`select ${new Date(clock).toISOString()} as seen_at`
        }
      },
    ],
    [
      'another table each time',
      () => {
        let n = 0
        return () => sql`select * from ${table({ name: `public.t${n++}`, columns, key: [] })}`
      },
    ],
  ])('with %s in it is refused', (_, make) => {
    expect(() => model({ name: 'public.m', on: 'warehouse', columns, refresh: { by: 'full' }, query: make() })).toThrow(
      expect.objectContaining({ code: 'definition.invalid', next: expect.stringContaining('pure function') }),
    )
  })

  it('gets the interval as instants and the batch as a predicate', () => {
    const windowed = model({
      name: 'silver.m',
      on: 'lake',
      columns,
      refresh: { by: 'batch' },
      query: ({ batch, interval }) =>
        sql`select * from t where ${batch.rows} and seen_at >= ${interval.start} and seen_at < ${interval.end}`,
    })
    const { parts } = windowed.query(queryContext({ start: 5, end: 9 }))
    expect(parts.filter(({ kind }) => kind !== 'text')).toEqual([
      { kind: 'batch_rows' },
      { kind: 'instant', instant: 5 },
      { kind: 'instant', instant: 9 },
    ])
  })

  it('keeps values apart from text, also within a nested fragment', () => {
    const condition = sql`id = ${"x' or 1=1"}`
    expect(sql`select * from t where ${condition}`.parts).toEqual([
      { kind: 'text', text: 'select * from t where ' },
      { kind: 'text', text: 'id = ' },
      { kind: 'value', value: "x' or 1=1" },
    ])
  })
})

describe('a refresh by key', () => {
  const keyed = (on: 'lake' | 'warehouse', key: readonly string[]) =>
    model({ name: 'public.m', on, columns, refresh: { by: 'key', key: key as readonly ('id' | 'seen_at')[] }, query: () => sql`select 1` })

  it('gives the table of the model its primary key; other refreshes give none', () => {
    expect(tableOfModel(keyed('warehouse', ['id', 'seen_at']))).toMatchObject({ name: 'public.m', columns, key: ['id', 'seen_at'] })
    const added = model({ name: 'public.m', on: 'warehouse', columns, refresh: { by: 'batch' }, query: () => sql`select 1` })
    expect(tableOfModel(added).key).toEqual([])
  })

  it.each([
    ['on the lake', () => keyed('lake', ['id']), /refresh by key is for models on the warehouse/],
    ['without a column', () => keyed('warehouse', []), /key of its refresh is empty/],
    ['on an undeclared column', () => keyed('warehouse', ['nope']), /key column "nope" is not declared/],
    ['on a name every object has', () => keyed('warehouse', ['toString']), /key column "toString" is not declared/],
  ])('%s is refused', (_, define, message) => {
    expect(define).toThrow(message)
    expect(define).toThrow(expect.objectContaining({ code: 'definition.invalid', next: expect.any(String) }))
  })
})

describe('checks', () => {
  it.each([
    ['notNull()', () => notNull(), 'notNull() names no column'],
    ['unique()', () => unique(), 'unique() names no column'],
    ['within() without a bound', () => within('id', {}), "within('id') has no bound and would accept everything"],
    ['accepted() without a value', () => accepted('id', []), "accepted('id', []) accepts no value"],
  ])('%s is refused, since it would check nothing or accept nothing', (_, declare, message) => {
    expect(declare).toThrow(expect.objectContaining({ code: 'definition.invalid', message, next: expect.any(String) }))
  })

  it('keep bounds as text, so that decimals stay exact', () => {
    expect(within('id', { min: '0.000000000000000001', max: 10 })).toMatchObject({ min: '0.000000000000000001', max: '10' })
    expect(within('id', { max: 1 })).toMatchObject({ min: null, max: '1' })
  })

  it('on a column that is not declared are refused where types were not checked', () => {
    const checks = [notNull('nope' as 'id')]
    expect(() => model({ name: 'silver.m', on: 'lake', columns, refresh: { by: 'full' }, checks, query: () => sql`select 1` })).toThrow(
      /undeclared column "nope"/,
    )
  })
})

it('a table with a key on a column that is not declared is refused', () => {
  expect(() => table({ name: 'public.t', columns, key: ['nope' as 'id'] })).toThrow(/key column "nope" is not declared/)
})
