import { expect, it } from 'vitest'
import {
  dataset,
  fileSource,
  foreignKey,
  integer,
  load,
  model,
  pipeline,
  pool,
  projectFaults,
  pull,
  sql,
  sqlSource,
  text,
  timestamp,
} from '../index.ts'
import { task } from '../testing/context.ts'

const silver = dataset('silver.a', { on: 'lake', columns: { id: text({ notNull: true }) } })
const keyed = dataset('public.keyed', { on: 'warehouse', columns: { id: text({ notNull: true }) }, key: ['id'] })
const plain = dataset('public.plain', { on: 'warehouse', columns: { id: text() } })
const fill = task({ name: 'fill', fills: [silver], run: () => {} })
const intoPlain = load({ from: silver, into: plain, mode: 'append' })
const intoKeyed = load({ from: silver, into: keyed, mode: 'append' })
const whatOf = (...pipelines: Parameters<typeof projectFaults>[0]) => projectFaults(pipelines, [], []).map(({ what }) => what)

it('two pipelines that take the same batches into a dataset without a key are told', () => {
  const writes = pipeline({ name: 'writes', steps: [fill, intoPlain] })
  const takes = pipeline({ name: 'takes', steps: [intoPlain] })
  expect(whatOf(writes, takes)).toEqual([
    '"load_plain" takes the batches of lake.silver.a into warehouse.public.plain, and so does "load_plain" of pipeline writes: the rows would be there twice',
  ])
})

it('each takes its own where each writes them', () => {
  expect(whatOf(pipeline({ name: 'p', steps: [fill, intoPlain] }), pipeline({ name: 'q', steps: [fill, intoPlain] }))).toEqual([])
})

it('a key, or a word that it is meant so, is enough', () => {
  const meant = load({ from: silver, into: plain, mode: 'append', inEachPipeline: true })
  for (const step of [intoKeyed, meant]) {
    expect(whatOf(pipeline({ name: 'p', steps: [fill, step] }), pipeline({ name: 'q', steps: [step] }))).toEqual([])
  }
})

it('a model that adds batches counts like a load', () => {
  const other = dataset('public.other', { on: 'warehouse', columns: { id: text() } })
  const copy = model({ into: other, from: { plain }, refresh: 'batch', query: ({ plain }) => sql`select id from ${plain.batch}` })
  expect(whatOf(pipeline({ name: 'p', steps: [copy] }), pipeline({ name: 'q', steps: [copy] }))).toHaveLength(1)
})

it('two sources of one name that fill one dataset are told, since receipts tell them apart by it', () => {
  const [a, b] = ['a/inbox', 'b/inbox'].map((folder) => fileSource({ folder }))
  if (a === undefined || b === undefined) throw new Error('no sources')
  const step = pull({ from: a, into: silver })
  const second = pull({ name: 'second', from: b, into: silver, after: [step] })
  expect(whatOf(pipeline({ name: 'p', steps: [step, second] }))).toEqual([
    '"pull_inbox" and "second" fill lake.silver.a from two sources that are both named "inbox"',
  ])
  const other = dataset('silver.b', { on: 'lake', columns: { id: text() } })
  const apart = pull({ name: 'apart', from: b, into: other })
  expect(whatOf(pipeline({ name: 'p', steps: [step, apart] }), pipeline({ name: 'q', steps: [step] }))).toEqual([])
})

it('what fills a dataset beside a full pull of a database is told, since each full pull would take its rows away', () => {
  const whole = pull({ from: sqlSource({ connection: 'shop' as never, table: 'orders', mode: 'full' }), into: silver })
  const second = pull({ from: sqlSource({ connection: 'shop' as never, table: 'more', mode: 'full' }), into: silver })
  const files = pull({ from: fileSource({ folder: 'inbox' }), into: silver })
  const beside = (one: string, other: string): readonly string[] => [
    `"${one}" replaces all rows of lake.silver.a each time, and "${other}" fills it too: what that brings would go`,
  ]
  expect(whatOf(pipeline({ name: 'p', steps: [whole] }), pipeline({ name: 'q', steps: [second] }))).toEqual(
    beside('pull_orders', 'pull_more'),
  )
  expect(whatOf(pipeline({ name: 'p', steps: [files] }), pipeline({ name: 'q', steps: [whole] }))).toEqual(
    beside('pull_orders', 'pull_inbox'),
  )
  expect(whatOf(pipeline({ name: 'p', steps: [whole] }), pipeline({ name: 'q', steps: [fill] }))).toEqual(beside('pull_orders', fill.name))
  const more = dataset('silver.more', { on: 'lake', columns: { id: text() } })
  const made = model({ into: silver, from: { more }, refresh: 'full', query: ({ more }) => sql`select id from ${more}` })
  expect(whatOf(pipeline({ name: 'p', steps: [made] }), pipeline({ name: 'q', steps: [files] }))).toEqual(beside(made.name, 'pull_inbox'))
  expect(whatOf(pipeline({ name: 'p', steps: [made] }), pipeline({ name: 'q', steps: [whole] }))).toEqual(beside('pull_orders', made.name))
  expect(whatOf(pipeline({ name: 'p', steps: [whole] }), pipeline({ name: 'q', steps: [whole] }))).toEqual([])
  expect(
    whatOf(
      pipeline({ name: 'p', steps: [files] }),
      pipeline({ name: 'q', steps: [files, pull({ from: fileSource({ folder: 'other' }), into: silver })] }),
    ),
  ).toEqual([])
})

it('a dataset or a pool that is declared twice is told, whoever uses it', () => {
  const again = dataset('silver.a', { on: 'lake', columns: { id: text() } })
  const step = task({ name: 'step', reads: [again], pool: pool('slow', 1), run: () => {} })
  const others = pipeline({ name: 'q', defaults: { pool: pool('slow', 2) }, steps: [fill] })
  expect(projectFaults([pipeline({ name: 'p', steps: [step] }), others], [], []).map(({ where, what }) => `${where}: ${what}`)).toEqual([
    'dataset lake.silver.a: it is declared twice',
    'pool slow: it is declared with different numbers of slots',
  ])
})

it('a foreign key points at a key, or at columns with a unique index', () => {
  const facts = dataset('public.facts', { on: 'warehouse', columns: { id: text(), rank: integer() } })
  const ranks = dataset('public.ranks', {
    on: 'warehouse',
    columns: { id: text({ notNull: true }), rank: integer() },
    key: ['id'],
    indexes: [{ unique: ['rank'] }],
  })
  const right = [
    foreignKey({ from: facts, columns: ['id'], to: ranks }),
    foreignKey({ from: facts, columns: ['rank'], to: ranks, on: ['rank'] }),
  ]
  const wrong = foreignKey({ from: facts, columns: ['id', 'rank'], to: ranks, on: ['id', 'rank'] })
  expect(projectFaults([], [facts, ranks], right)).toEqual([])
  expect(projectFaults([], [facts, ranks], [wrong])).toMatchObject([
    { where: 'dataset warehouse.public.facts', what: expect.stringContaining('which is not a key there') },
  ])
})

it('datasets of the lake whose names differ in case alone are told: a store takes them for one', () => {
  const upper = dataset('silver.A', { on: 'lake', columns: { id: text() } })
  expect(projectFaults([], [silver, upper], [])).toMatchObject([
    { where: 'dataset lake.silver.A', at: 'silver.A', what: expect.stringContaining('differs from lake.silver.a in case alone') },
  ])
})

it('a dataset that is kept longer than its source is not made again of what is left of it', () => {
  const at = timestamp({ notNull: true })
  const raw = dataset('public.raw', { on: 'warehouse', columns: { id: text(), at }, order: 'at', keep: '7d' })
  const columns = { day: text({ notNull: true }), rows: integer() }
  const days = dataset('public.days', { on: 'warehouse', columns, key: ['day'] })
  const ever = dataset('public.ever', { on: 'warehouse', columns: { ...columns, at }, key: ['day'], order: 'at' })
  const month = dataset('public.month', { on: 'warehouse', columns: { ...columns, at }, key: ['day'], order: 'at', keep: '30d' })
  const week = dataset('public.week', { on: 'warehouse', columns: { ...columns, at }, key: ['day'], order: 'at', keep: '7d' })
  const seen = dataset('public.seen', { on: 'warehouse', as: 'view', columns })
  const kept = dataset('public.kept', { on: 'warehouse', as: 'materialized view', columns })
  const counted = (rows: ReturnType<typeof sql>) => sql`select id as day, count(*) as rows from ${rows} group by 1`
  const from = { raw }
  const outliving = [
    model({ into: days, from, refresh: 'key', query: () => counted(sql`${raw}`) }),
    model({ into: month, from, refresh: 'key', query: () => counted(sql`${raw}`) }),
    model({ name: 'beyond', into: days, from, refresh: 'key', query: () => counted(sql`${raw.since('30d')}`) }),
    model({ name: 'forgets', into: ever, from, refresh: 'full', query: () => counted(sql`${raw}`) }),
  ]
  const fine = [
    model({ name: 'newest', into: days, from, refresh: 'key', query: () => counted(sql`${raw.since('3d')}`) }),
    model({ name: 'batch', into: days, from, refresh: 'key', query: () => counted(sql`${raw.batch}`) }),
    model({ name: 'as_long', into: week, from, refresh: 'key', query: () => counted(sql`${raw}`) }),
    model({ name: 'now', into: days, from, refresh: 'full', query: () => counted(sql`${raw}`) }),
    model({ into: seen, from, refresh: 'view', query: () => counted(sql`${raw}`) }),
    model({ into: kept, from, refresh: 'view', query: () => counted(sql`${raw}`) }),
  ]
  const faults = projectFaults(
    [...outliving, ...fine].map((step, at) => pipeline({ name: `p${at}`, steps: [step] })),
    [],
    [],
  )
  expect(faults.map(({ where, next }) => [where, next])).toEqual([
    ['model public.days', expect.stringContaining(".since('7d')")],
    ['model public.month', expect.stringContaining('read no more of warehouse.public.raw than it keeps')],
    ['model beyond', expect.stringContaining(".since('7d')")],
    ['model forgets', expect.stringContaining("refresh: 'key'")],
  ])
})
