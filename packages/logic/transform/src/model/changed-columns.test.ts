import {
  bigint,
  type Columns,
  dataset,
  date,
  decimal,
  double,
  integer,
  type Model,
  model,
  rawSql,
  sql,
  text,
  timestamp,
} from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { openTable } from '@sluice/delta'
import { firstTick, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const run = (columns: Columns, select: string, turn: number, refresh: 'batch' | 'full' = 'batch', generation = 0) =>
  runModel({
    model: model({
      into: dataset('silver.m', { on: 'lake', columns }),
      refresh,
      query: () => sql`select ${rawSql(select)}`,
    }) as unknown as Model,
    write: writeTo('silver.m', { tick: firstTick + turn * 60_000, generation }),
    reading: testReading([]),
    lake: at.lake,
  })
const rows = async () =>
  (await Array.fromAsync(at.lake.read('silver.m')))
    .flat()
    .map(({ _batch, ...row }) => row)
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

test('a type that gets wider keeps the rows that are there, takes values of its own, and a batch of before can be written anew', async () => {
  await run({ a: integer(), d: decimal(10, 2), x: integer() }, '7 as a, 1.5 as d, 1 as x', 1)
  const wider = { a: bigint(), d: decimal(38, 18), x: double() }
  await run(wider, "3000000000 as a, '0.000000000000000001' as d, 1.5 as x", 2)
  expect(await rows()).toEqual([
    { a: 3_000_000_000, d: '0.000000000000000001', x: 1.5 },
    { a: 7, d: '1.500000000000000000', x: 1 },
  ])
  await run(wider, '9000000000 as a, 2 as d, 2.5 as x', 1, 'batch', 1)
  expect((await rows()).map(({ a }) => a)).toEqual([3_000_000_000, 9_000_000_000])
})

test('what is declared narrower than the table is stored in the type that is there', async () => {
  await run({ a: bigint() }, '3000000000 as a', 1)
  await run({ a: integer() }, '5 as a', 2)
  expect((await rows()).map(({ a }) => Number(a))).toEqual([3_000_000_000, 5])
})

test.each([
  ['a whole number to text', { a: integer() }, '1 as a', { a: text() }, "'x' as a", 'integer', 'text'],
  ['text to a number', { a: text() }, "'1' as a", { a: bigint() }, '1 as a', 'text', 'bigint'],
  [
    'a decimal to one of more places and fewer digits before',
    { a: decimal(10, 2) },
    '1 as a',
    { a: decimal(10, 4) },
    '1 as a',
    'decimal(10,2)',
    'decimal(10,4)',
  ],
  [
    'a day to an instant',
    { a: date() },
    "date '2026-01-01' as a",
    { a: timestamp() },
    "timestamptz '2026-01-01 00:00:00+00' as a",
    'date',
    'timestamp',
  ],
] as const)(
  '%s is refused with both types and the ways on, and what is there stays',
  async (_, before, first, after, second, there, declared) => {
    await run(before, first, 1)
    const kept = await rows()
    await expect(run(after, second, 2)).rejects.toMatchObject({
      code: 'definition.invalid',
      message: `silver.m: the column a is ${there} in the table and is declared ${declared}, which is not a wider type`,
      next: expect.stringContaining('sluice models rebuild silver.m --dry-run'),
    })
    expect(await rows()).toEqual(kept)
  },
)

test('a full refresh rebuilds the table with the columns that are declared', async () => {
  await run({ a: integer(), b: text() }, "1 as a, 'x' as b", 1, 'full')
  await run({ A: text(), b: text() }, "'one' as A, 'y' as b", 2, 'full')
  expect(await rows()).toEqual([{ A: 'one', b: 'y' }])
})

test('a name that differs by its case alone is refused by both names', async () => {
  await run({ a: integer() }, '1 as a', 1)
  await expect(run({ A: integer() }, '2 as A', 2)).rejects.toMatchObject({
    code: 'definition.invalid',
    facts: { column: 'A', there: 'a' },
    message: expect.stringContaining('called a in the table'),
    next: expect.stringContaining('sluice models rebuild silver.m'),
  })
})

test('names with spaces, commas and brackets are columns like any other, from the start and later', async () => {
  await run({ a: integer(), 'sp ace': integer() }, '1 as a, 2 as "sp ace"', 1)
  await run({ a: integer(), 'sp ace': integer(), 'x, (y)=1;': text() }, `3 as a, 4 as "sp ace", 'z' as "x, (y)=1;"`, 2)
  expect(await rows()).toEqual([
    { a: 1, 'sp ace': 2, 'x, (y)=1;': null },
    { a: 3, 'sp ace': 4, 'x, (y)=1;': 'z' },
  ])
})

test('a name with a space comes to a table that was made without one', async () => {
  await run({ a: integer() }, '1 as a', 1)
  await run({ a: bigint(), 'sp ace': integer() }, '3000000000 as a, 4 as "sp ace"', 2)
  expect(await rows()).toEqual([
    { a: 1, 'sp ace': null },
    { a: 3_000_000_000, 'sp ace': 4 },
  ])
})

test('descriptions of columns stand in the metadata of the table, and follow the declaration', async () => {
  const described = async () => {
    const connection = await at.lake.connect()
    try {
      const { schema } = await (await openTable(at.lake.storage.at('demo/silver/m'), { connection: connection.raw })).snapshot()
      return Object.fromEntries(schema.fields.map(({ name, metadata }) => [name, metadata.comment]))
    } finally {
      connection.close()
    }
  }
  await run({ a: integer({ comment: 'how many' }), b: text() }, "1 as a, 'x' as b", 1)
  expect(await described()).toEqual({ a: 'how many', b: undefined, _batch: undefined })
  await run(
    { a: integer({ comment: "how many there're" }), b: text({ comment: 'which' }), c: text({ comment: 'new' }) },
    "1 as a, 'x' as b, 'y' as c",
    2,
  )
  await run(
    { a: integer({ comment: "how many there're" }), b: text({ comment: 'which' }), c: text({ comment: 'new' }) },
    "1 as a, 'x' as b, 'y' as c",
    3,
  )
  expect(await described()).toEqual({ a: "how many there're", b: 'which', c: 'new', _batch: undefined })
  expect(await rows()).toHaveLength(3)
})
