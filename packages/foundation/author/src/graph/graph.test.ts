import { cron } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import {
  chains,
  check,
  dataset,
  graphOf,
  group,
  model,
  type Pipeline,
  pipeline,
  pool,
  type Reason,
  retain,
  type Step,
  sql,
  text,
  timestamp,
} from '../index.ts'
import { sensor, task } from '../testing/context.ts'

const a = dataset('silver.a', { on: 'lake', columns: { id: text() } })
const b = dataset('silver.b', { on: 'lake', columns: { id: text() } })
const ab = model({ name: 'ab', into: b, from: { a }, refresh: 'full', query: ({ a }) => sql`select * from ${a}` })
const ba = model({ name: 'ba', into: a, from: { b }, refresh: 'full', query: ({ b }) => sql`select * from ${b}` })
const fill = (name: string) => task({ name, fills: [a], run: () => {} })
const [one, two] = [fill('one'), fill('two')]
const guard = check({ name: 'guard', on: a, rule: sql`select count(*) > 0 from ${a}`, message: 'empty' })
const remark = check({ name: 'remark', on: a, rule: sql`select count(*) > 9 from ${a}`, message: 'few', otherwise: 'warn' })

const of = (...steps: readonly Step[]): Pipeline => pipeline({ name: 'p', steps })
const namesIn = (each: Pipeline) => graphOf(each).spec.tasks.map(({ name }) => name)
const faultsIn = (each: Pipeline) => graphOf(each).faults.map(({ what }) => what)
const reasons = (each: Pipeline, from: string, to: string): readonly Reason[] =>
  graphOf(each)
    .spec.edges.filter((edge) => edge.from === from && edge.to === to)
    .map(({ reason }) => reason)

describe('the order of steps', () => {
  it('comes from data: readers of a dataset come after those that fill it', () => {
    expect(namesIn(of(ab, one))).toEqual(['one', 'ab'])
    expect(reasons(of(ab, one), 'one', 'ab')).toEqual([{ by: 'data', dataset: 'lake.silver.a' }])
  })

  it('lets readers wait for the failing checks on what they read, and checks wait for those that fill it', () => {
    expect(namesIn(of(ab, guard, one))).toEqual(['one', 'guard', 'ab'])
    expect(reasons(of(ab, guard, one), 'guard', 'ab')).toEqual([{ by: 'check', dataset: 'lake.silver.a' }])
  })

  it('lets nobody wait for a check that only warns', () => {
    expect(reasons(of(ab, remark, one), 'remark', 'ab')).toEqual([])
    expect(reasons(of(ab, remark, one), 'one', 'remark')).toEqual([{ by: 'data', dataset: 'lake.silver.a' }])
  })

  it('comes before the data of a check: a reader that the order of the pipeline puts before it does not wait for it', () => {
    const report = task({ name: 'report', reads: [a], run: () => {} })
    const ordered = pipeline({ name: 'p', steps: [report, guard, ab, one], order: [ab, guard] })
    expect(namesIn(ordered)).toEqual(['one', 'ab', 'guard', 'report'])
    expect([reasons(ordered, 'guard', 'ab'), reasons(ordered, 'guard', 'report')]).toEqual([
      [],
      [{ by: 'check', dataset: 'lake.silver.a' }],
    ])
    expect(faultsIn(ordered)).toEqual([])
  })

  it('holds up the readers of each dataset that a check is on', () => {
    const both = check({ name: 'both', on: [a, b], rule: sql`select true from ${a}, ${b}`, message: 'differ' })
    const report = task({ name: 'report', reads: [b], run: () => {} })
    const mail = task({ name: 'mail', reads: [a], run: () => {} })
    const graph = of(report, mail, both)
    expect(namesIn(graph)).toEqual(['both', 'report', 'mail'])
  })

  it('brings what a step needs into the pipeline, once', () => {
    const up = task({ name: 'up', run: () => 1 })
    const left = task({ name: 'left', needs: { up }, run: ({ up }) => up })
    const right = task({ name: 'right', needs: { up, left }, run: ({ up }) => up })
    expect(namesIn(of(right))).toEqual(['up', 'left', 'right'])
    expect(reasons(of(right), 'up', 'right')).toEqual([{ by: 'needs', input: 'up' }])
  })

  it('counts after only in pipelines that hold both steps', () => {
    const later = task({ name: 'later', after: [one], run: () => {} })
    expect(namesIn(of(later))).toEqual(['later'])
    expect(namesIn(of(later, one))).toEqual(['one', 'later'])
  })

  it('is said once by the pipeline where data does not say it, by a chain or several', () => {
    const steps = [ab, two, one]
    expect(namesIn(pipeline({ name: 'p', steps, order: [one, two] }))).toEqual(['one', 'two', 'ab'])
    const [c, d] = [task({ name: 'c', run: () => {} }), task({ name: 'd', run: () => {} })]
    const several = pipeline({ name: 'p', steps: [d, c, ...steps], order: chains([two, one], [[c], d]) })
    expect(namesIn(several)).toEqual(['c', 'd', 'two', 'one', 'ab'])
    expect(reasons(several, 'one', 'c')).toEqual([])
  })

  it('lets each step of a stage wait for each of the stage before', () => {
    const idle = (name: string) => task({ name, run: () => {} })
    const [p, q, r, s] = [idle('a'), idle('b'), idle('c'), idle('d')] as const
    const { spec } = graphOf(
      pipeline({
        name: 'p',
        steps: [p, q, r, s],
        order: [
          [p, q],
          [r, s],
        ],
      }),
    )
    expect(spec.tasks.map(({ name, upstream }) => [name, upstream])).toEqual([
      ['a', []],
      ['b', []],
      ['c', ['a', 'b']],
      ['d', ['a', 'b']],
    ])
  })

  it('lets a step read what it fills', () => {
    const self = model({
      name: 'self',
      into: a,
      from: { b },
      refresh: 'full',
      query: ({ b }) => sql`select * from ${b} where id not in (select id from ${a})`,
    })
    expect(namesIn(of(self))).toEqual(['self'])
    expect(graphOf(of(self)).spec.external).toEqual(['lake.silver.b'])
    expect(namesIn(of(self, one))).toEqual(['one', 'self'])
  })

  it('puts those that fill what a dataset refers to before those that fill it, unless something else says the contrary', () => {
    const columns = { id: text({ notNull: true }) }
    const parents = dataset('public.parents', { on: 'warehouse', columns, key: ['id'] })
    const children = dataset('public.children', { on: 'warehouse', columns, key: ['id'], references: { id: parents } })
    const child = task({ name: 'child', fills: [children], run: () => {} })
    const parent = task({ name: 'parent', fills: [parents], run: () => {} })
    expect(namesIn(of(child, parent))).toEqual(['parent', 'child'])
    expect(reasons(of(child, parent), 'parent', 'child')).toEqual([{ by: 'reference', dataset: 'warehouse.public.parents' }])
    expect(namesIn(pipeline({ name: 'p', steps: [parent, child], order: [child, parent] }))).toEqual(['child', 'parent'])
    const made = task({ name: 'made', reads: [children], fills: [parents], run: () => {} })
    expect([namesIn(of(made, child)), faultsIn(of(made, child))]).toEqual([['child', 'made'], []])
    const tree = dataset('public.tree', { on: 'warehouse', columns, key: ['id'], references: { id: 'self' } })
    expect(faultsIn(of(task({ name: 'grown', fills: [tree], run: () => {} })))).toEqual([])
  })

  it('takes a deletion for a writer: somebody says whether it comes before', () => {
    const kept = dataset('public.kept', { on: 'warehouse', columns: { at: timestamp() }, order: 'at', keep: '7d' })
    const swept = retain({ name: 'swept', on: kept })
    const filled = task({ name: 'filled', fills: [kept], run: () => {} })
    expect(faultsIn(of(swept, filled))).toHaveLength(1)
    expect(namesIn(pipeline({ name: 'p', steps: [filled, swept], order: [swept, filled] }))).toEqual(['swept', 'filled'])
  })
})

describe('a pipeline of 10,000 steps', () => {
  const length = 10_000
  const idle = { run: () => 1 }
  const chained = (more: (before: Step) => object): Step[] => {
    const chain: Step[] = [task({ name: 't0', ...idle })]
    for (let n = 1; n < length; n++) chain.push(task({ name: `t${n}`, ...more(chain[n - 1] as Step), ...idle }))
    return chain
  }
  const inTurn = Array.from({ length }, (_, n) => `t${n}`)
  const tables = Array.from({ length: length + 1 }, (_, n) => dataset(`silver.d${n}`, { on: 'lake', columns: { id: text() } }))

  it.each<readonly [string, () => readonly Step[]]>([
    ['the last of which needs all before it', () => chained((before) => ({ needs: { before } })).slice(-1)],
    ['listed from the last to the first', () => chained((before) => ({ after: [before] })).reverse()],
    ['that fill one dataset, one after the other', () => chained((before) => ({ after: [before], fills: [a] }))],
    [
      'that read what the one before fills',
      () => inTurn.map((name, n) => task({ name, reads: tables.slice(n, n + 1), fills: tables.slice(n + 1, n + 2), ...idle })).reverse(),
    ],
  ])('%s has an order', (_, steps) => {
    const graph = of(...steps())
    expect(faultsIn(graph)).toEqual([])
    expect(namesIn(graph)).toEqual(inTurn)
  })

  it('that close a circle is told so', () => {
    const [first = one, ...others] = inTurn.map((name, n) =>
      task({ name, reads: tables.slice(n, n + 1), fills: tables.slice((n + 1) % length, ((n + 1) % length) + 1), ...idle }),
    )
    expect(faultsIn(of(first, ...others))).toEqual([expect.stringMatching(/^a cycle: t0 -> .* -> t0 \(reads lake.silver.d0\)$/)])
  })
})

describe('faults of a pipeline', () => {
  it('a cycle is told with the datasets that close it', () => {
    expect(faultsIn(of(ab, ba))).toEqual(['a cycle: ab -> ba (reads lake.silver.b) -> ab (reads lake.silver.a)'])
  })

  it('a cycle that its order closes is told as that', () => {
    expect(faultsIn(pipeline({ name: 'p', steps: [ab, one], order: [ab, one] }))).toEqual([
      'a cycle: ab -> one (order of the pipeline) -> ab (reads lake.silver.a)',
    ])
  })

  it('two writers of one dataset need an order', () => {
    expect(graphOf(of(one, two)).faults).toEqual([
      {
        where: 'pipeline p',
        at: 'two',
        what: '"one" and "two" both fill lake.silver.a, and nothing says which comes first',
        next: "Name one in the other's after, or both in the pipeline's order.",
      },
    ])
  })

  it('an order names steps of the pipeline', () => {
    expect(faultsIn(pipeline({ name: 'p', steps: [one], order: [two, one] }))).toEqual(['order names "two", which is not among its steps'])
  })

  it('all are found at once', () => {
    const twin = task({ name: 'one', run: () => {} })
    const graph = pipeline({ name: 'p', steps: [one, two, twin], order: [ab, two] })
    expect(faultsIn(graph)).toEqual([
      'two steps are named "one"',
      'order names "ab", which is not among its steps',
      '"one" and "two" both fill lake.silver.a, and nothing says which comes first',
    ])
  })
})

describe('what the engine stores', () => {
  const slow = pool('slow', 2)
  const up = sensor({ name: 'up', every: '30s', timeout: '10m', onTimeout: 'skip', poll: () => ({ region: 'eu' }) })
  const grouped = group('bronze', { retry: { attempts: 5, delay: '2s' }, timeout: '1m' })
  const land = task({ name: 'land', in: grouped, needs: { up }, retry: { attempts: 2 }, fills: [a], run: () => 1 })
  const whole = pipeline({
    name: 'whole',
    schedule: cron('@daily'),
    catchup: true,
    defaults: { retry: { attempts: 9 }, timeout: '9m', pool: slow },
    steps: [[land], ab],
  })

  it("has each step's own defaults, then its group's, then the pipeline's", () => {
    const tasks = Object.fromEntries(graphOf(whole).spec.tasks.map((each) => [each.name, each]))
    expect(tasks.land).toMatchObject({ retry: { attempts: 2 }, timeoutMs: 60_000, pool: { name: 'slow', slots: 2 }, group: 'bronze' })
    expect(tasks.ab).toMatchObject({ retry: { attempts: 9 }, timeoutMs: 540_000, group: null })
    expect(tasks.up).toMatchObject({ timeoutMs: 600_000, everyMs: 30_000, onTimeout: 'skip' })
  })

  it('is JSON, and names what a step reads and fills', () => {
    const { spec } = graphOf(whole)
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(spec.tasks.find(({ name }) => name === 'ab')).toMatchObject({ reads: ['lake.silver.a'], fills: ['lake.silver.b'] })
  })

  it('is frozen, like the definitions', () => {
    expect([whole, a.facts, ab.fills, graphOf(whole).spec.tasks].every((each) => Object.isFrozen(each))).toBe(true)
  })
})
