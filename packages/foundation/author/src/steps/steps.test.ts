import { describe, expect, it } from 'vitest'
import {
  backup,
  check,
  dataset,
  decimal,
  ephemeral,
  given,
  graphOf,
  identity,
  instant,
  integer,
  load,
  model,
  pipeline,
  pool,
  retain,
  sql,
  text,
  timestamp,
} from '../index.ts'

const a = dataset('silver.a', { on: 'lake', columns: { id: text(), at: timestamp() }, order: 'at' })
const b = dataset('silver.b', { on: 'lake', columns: { id: text() } })
const refusedWith = (what: string) => expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(what) })

describe('sql', () => {
  it('keeps values apart from text, also inside of a nested statement', () => {
    const inner = sql`id = ${"it's"} and n > ${3}`
    expect(sql`select * from ${a} where ${inner} or at < ${instant(5)}`.parts).toEqual([
      { kind: 'text', text: 'select * from ' },
      { kind: 'dataset', id: 'lake.silver.a', rows: 'all' },
      { kind: 'text', text: ' where ' },
      { kind: 'text', text: 'id = ' },
      { kind: 'value', value: "it's" },
      { kind: 'text', text: ' and n > ' },
      { kind: 'value', value: 3 },
      { kind: 'text', text: ' or at < ' },
      { kind: 'instant', at: 5 },
    ])
  })

  it('joins statements', () => {
    const text = (parts: readonly { kind: string }[]) => parts.map((part) => ('text' in part ? part.text : '?')).join('')
    expect(text(sql.join([sql`a`, sql`b = ${1}`, sql`c`], 'and').parts)).toBe('a and b = ? and c')
    expect(sql.join([], 'or').parts).toEqual([])
  })
})

describe('a model', () => {
  let n = 0
  it.each<readonly [string, () => ReturnType<typeof sql>]>([
    ['a counter', () => sql`select ${n++} as id`],
    ['a random number', () => sql`select ${Math.random()} as id`],
    ['another text each time', () => sql`select ${`${n++}`} as id`],
  ])('with %s in its query is refused', (_, query) => {
    expect(() => model({ into: b, refresh: 'full', query })).toThrow(refusedWith('different SQL when called twice'))
  })

  it('is refused where it does not read a source', () => {
    expect(() => model({ into: b, from: { a }, refresh: 'full', query: () => sql`select 1` })).toThrow(refusedWith('does not read "a"'))
  })

  it('that adds batches reads a batch, a span, or the rows of the interval; stamping them with its end is not enough', () => {
    const adding = (query: Parameters<typeof model>[0]['query']) => () => model({ into: b, refresh: 'batch', query })
    const from = { a }
    expect(() =>
      model({ into: b, from, refresh: 'batch', query: ({ a }, { interval }) => sql`select id, ${interval.end} from ${a}` }),
    ).toThrow(refusedWith('without a batch'))
    for (const rows of [sql`${a.batch}`, sql`${a.since('3d')}`, sql`${a.latest}`]) {
      expect(model({ into: b, from, refresh: 'batch', query: () => sql`select id from ${rows}` }).refresh).toBe('batch')
    }
    const windowed = model({
      into: b,
      from,
      refresh: 'batch',
      query: ({ a }, { interval }) => sql`select id from ${a} where at >= ${interval.start}`,
    })
    expect(windowed.sql.parts.at(-1)).toEqual({ kind: 'instant', at: 'start' })
    expect(adding(() => sql`select 'x' as id`)().reads).toEqual([])
  })

  it('is described as what it fills, unless it says more', () => {
    const into = dataset('silver.c', { on: 'lake', description: 'Ids', columns: { id: text() } })
    const described = (description?: string) =>
      model({
        into,
        from: { a },
        refresh: 'full',
        ...(description === undefined ? {} : { description }),
        query: ({ a }) => sql`select id from ${a}`,
      })
    expect([described().description, described('Ids of a').description]).toEqual(['Ids', 'Ids of a'])
  })

  it('is named as what it fills, and reads that too where its query does', () => {
    const self = model({ into: b, from: { a }, refresh: 'full', query: ({ a }) => sql`select id from ${a} except select id from ${b}` })
    expect([self.name, self.reads.map(({ id }) => id), self.fills.map(({ id }) => id)]).toEqual([
      'silver.b',
      ['lake.silver.a', 'lake.silver.b'],
      ['lake.silver.b'],
    ])
  })

  it('has tests of rows in and rows out', () => {
    const copy = model({ into: b, from: { a }, refresh: 'full', query: ({ a }) => sql`select id from ${a}` })
    expect(given(copy, { a: [{ id: 'x' }] }, { at: 5, expect: [{ id: 'x' }] })).toEqual({
      kind: 'model_test',
      model: copy,
      given: { a: [{ id: 'x' }] },
      needs: {},
      interval: { start: 5, end: 5 },
      expect: [{ id: 'x' }],
    })
  })
})

describe('a load', () => {
  it('maps columns of one name by themselves, and never one that the database computes', () => {
    const from = dataset('silver.p', { on: 'lake', columns: { id: text(), coin: text(), price: decimal(38, 18), net: decimal(38, 18) } })
    const into = dataset('public.p', {
      on: 'warehouse',
      columns: { id: identity(), coin: text(), prix: decimal(38, 18), net: decimal(38, 18, { generated: 'prix' }) },
    })
    const loaded = load({ from, into, mode: 'append', columns: { prix: 'price' } })
    expect([loaded.name, loaded.columns]).toEqual(['load_p', { coin: 'coin', prix: 'price' }])
  })
})

describe('a check', () => {
  it('reads what it is on and what it compares it with, and is refused where its rule does not', () => {
    const both = check({
      name: 'c',
      on: a,
      reads: [b],
      rule: ({ interval }) => sql`select true from ${a}, ${b} where at < ${interval.end}`,
      message: '',
    })
    expect([both.on, both.reads].map((each) => each.map(({ id }) => id))).toEqual([['lake.silver.a'], ['lake.silver.a', 'lake.silver.b']])
    expect(() => check({ name: 'c', on: [a, b], rule: sql`select true from ${a}`, message: '' })).toThrow(
      refusedWith('does not read lake.silver.b'),
    )
  })
})

describe('a backup', () => {
  it('says what it saves and what it keeps, which the pipeline stores', () => {
    const all = backup({ name: 'all', of: 'platform', keep: '30d' })
    expect(backup({ name: 'night' })).toMatchObject({ kind: 'backup', of: 'warehouse', keep: undefined, reads: [], fills: [] })
    const { tasks } = graphOf(pipeline({ name: 'saved', steps: [all] })).spec
    expect(tasks).toMatchObject([{ kind: 'backup', computes: false, backup: { of: 'platform', keep: '30d' } }])
  })
})

describe('a retention', () => {
  it('goes by what the dataset keeps', () => {
    const on = dataset('public.a', { on: 'warehouse', columns: { at: timestamp() }, order: 'at', keep: '7d' })
    expect(retain({ name: 'r', on })).toMatchObject({ kind: 'retain', column: 'at', olderThanMs: 604_800_000, fills: [on], reads: [] })
  })

  it('is refused where the dataset keeps all', () => {
    const on = dataset('public.a', { on: 'warehouse', columns: { at: timestamp() }, order: 'at' })
    expect(() => retain({ name: 'r', on })).toThrow(refusedWith('how long it keeps its rows'))
  })
})

it('a pool has at least one slot, and a step a name', () => {
  expect(() => pool('slow', 0)).toThrow(refusedWith('0 is not a number of slots'))
  expect(() => pool('slow', { slots: 4 } as never)).toThrow(refusedWith('an object is not a number of slots'))
  expect(() =>
    retain({
      name: 'a b',
      on: dataset('public.a', { on: 'warehouse', columns: { at: timestamp(), n: integer() }, order: 'at', keep: '1d' }),
    }),
  ).toThrow(refusedWith('this is not a name'))
})

describe('an ephemeral query', () => {
  const paid = ephemeral('paid', {
    on: 'lake',
    columns: { id: text(), twice: integer() },
    from: { a },
    query: ({ a }, { interval }) => sql`select id, 2 as twice from ${a.batch} where at < ${interval.end}`,
  })

  it('stands in the SQL of a model with its columns, and reads what it reads', () => {
    const { sql: made, reads } = model({ into: b, from: { a }, refresh: 'batch', query: () => sql`select id from ${paid}` })
    expect(made.parts.map((part) => (part.kind === 'text' ? part.text : part.kind)).join('')).toBe(
      'select id from (select "id", "twice" from (select id, 2 as twice from dataset where at < instant\n) as paid)',
    )
    expect(reads.map(({ id }) => id)).toEqual(['lake.silver.a'])
  })

  it('is tested as a model', () => {
    expect(given(paid.model, { a: [{ id: 'x' }] }, { expect: [{ twice: 2 }] }).model.name).toBe('paid')
  })

  it('whose datasets are not among the sources of the model is refused', () => {
    expect(() => model({ into: b, refresh: 'full', query: () => sql`select id from ${paid}` as never })).toThrow(
      refusedWith('it does not say that it reads lake.silver.a'),
    )
  })
})
