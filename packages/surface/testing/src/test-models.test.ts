import { dataset, given, givenCte, integer, model, sql, text } from 'sluice'
import { expect, test } from 'vitest'
import { testModels } from './test-models.ts'

const columns = { id: text({ notNull: true }), n: integer() }
const [source, target] = [dataset('silver.source', { on: 'lake', columns }), dataset('silver.target', { on: 'lake', columns, key: ['id'] })]
const sales = dataset('shop.sales', { on: 'warehouse', columns })
const totals = dataset('shop.totals', { on: 'warehouse', columns, key: ['id'] })
const doubled = model({
  into: target,
  from: { source },
  refresh: 'full',
  query: ({ source }) => sql`with twice as (select id, n * 2 as n, ${'a)'} as odd from ${source}) select id, n from twice where n < 100`,
})
const total = model({
  into: totals,
  from: { sales },
  refresh: 'full',
  query: ({ sales }) =>
    sql`with kept as (select * from ${sales} where n > ${0}), "By Shop" as (select id, sum(n) as n from kept group by id) select id, n::integer as n from "By Shop"`,
})
const rows = [
  { id: 'a', n: 1 },
  { id: 'b', n: 60 },
]

testModels(test, {
  doublesSmallOnes: given(doubled, { source: rows }, { expect: [{ id: 'a', n: 2 }] }),
  theExpressionHasThemAll: givenCte(
    doubled,
    { source: rows },
    {
      cte: 'twice',
      expect: [
        { id: 'a', n: 2, odd: 'a)' },
        { id: 'b', n: 120, odd: 'a)' },
      ],
    },
  ),
  sumsByShop: givenCte(
    total,
    { sales: [...rows, { id: 'b', n: -5 }, { id: 'a', n: 2 }] },
    {
      cte: 'By Shop',
      expect: [
        { id: 'a', n: 3 },
        { id: 'b', n: 60 },
      ],
    },
  ),
  leavesOutNegatives: given(total, { sales: [{ id: 'b', n: -5 }] }, { expect: [] }),
})

/** What a runner would be told. */
async function failureOf(
  tests: Parameters<typeof testModels>[1],
): Promise<Error & { readonly expected?: unknown; readonly actual?: unknown }> {
  const declared: [string, () => Promise<void>][] = []
  testModels((...each) => declared.push(each), tests)
  return await (declared[0]?.[1]() ?? Promise.resolve()).then(
    () => expect.unreachable('it held'),
    (error: Error) => error,
  )
}

test('one that fails shows the rows that differ, and where the test stands', async () => {
  const error = await failureOf({
    wrong: given(
      doubled,
      { source: [...rows, { id: 'c', n: 3 }] },
      {
        expect: [
          { id: 'a', n: 3 },
          { id: 'd', n: 1 },
        ],
      },
    ),
  })
  expect(error.message).toBe('wrong of silver.target: 3 rows differ\n   id  n\n~  a   3 -> 2\n-  d   1\n+  c   6')
  expect(error).toMatchObject({
    expected: [
      { id: 'a', n: '3' },
      { id: 'd', n: '1' },
    ],
    actual: [
      { id: 'a', n: '2' },
      { id: 'c', n: '6' },
    ],
  })
  expect(error.stack).toContain('test-models.test.ts')
  const cte = await failureOf({
    wrong: givenCte(
      total,
      { sales: rows },
      {
        cte: 'kept',
        expect: [
          { id: 'a', n: null },
          { id: 'b', n: 60 },
        ],
      },
    ),
  })
  expect(cte.message).toContain('~  a   null -> 1')
})

test('an expression, a column or a module that is not there is named', async () => {
  expect((await failureOf({ odd: givenCte(total, { sales: [] }, { cte: 'other', expect: [] }) })).message).toContain(
    'no common table expression other',
  )
  expect(await failureOf({ odd: givenCte(doubled, { source: [] }, { cte: 'twice', expect: [{ m: 1 }] }) })).toMatchObject({
    code: 'definition.invalid',
    next: 'It gives id, n, odd.',
  })
  expect(() => testModels(test, { doubled })).toThrow('no model test')
})
