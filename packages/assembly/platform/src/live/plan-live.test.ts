import { dataset, graphOf, load, model, pipeline, sql, task, text } from '@sluice/author'
import type { LedgerEntry, RunDetail } from '@sluice/engine'
import { expect, test } from 'vitest'
import { planLive, refusalOf } from './plan-live.ts'

const columns = { id: text({ notNull: true }) }
const orders = dataset('silver.orders', { on: 'lake', columns })
const others = dataset('silver.others', { on: 'lake', columns })
const sold = dataset('public.orders', { on: 'warehouse', columns, key: ['id'] })
const fetched = task({ name: 'fetched', run: () => ({ rows: 3 }) })
const clean = model({ into: orders, from: { others }, refresh: 'batch', query: ({ others }) => sql`select id from ${others.batch}` })
const tell = task({ name: 'tell', needs: { fetched }, run: () => 1 })
const { spec } = graphOf(
  pipeline({ name: 'orders', maxActiveRuns: 1, steps: [clean, load({ from: orders, into: sold, mode: 'upsert' }), tell] }),
)

const at = Date.parse('2026-11-20T10:00:00Z')
const ended = (name: string, more: object = {}) =>
  ({
    task: name,
    mapIndex: null,
    state: 'success',
    generation: 1,
    output: { rows: 3 },
    ...more,
  }) as unknown as RunDetail['taskRuns'][number]
const run = (taskRuns: RunDetail['taskRuns'], more: object = {}) =>
  ({
    id: 'r1',
    project: 'shop',
    pipeline: 'orders',
    key: `scheduled:${at}`,
    trigger: 'scheduled',
    logicalTime: at,
    interval: { start: at - 3_600_000, end: at },
    params: { day: 1, kept: true },
    taskRuns,
    ...more,
  }) as unknown as RunDetail
const wrote = (name: string, of: object) =>
  ({ task: name, run: 'r1', status: 'written', rowsWritten: 1, inputs: [], generation: 1, ...of }) as unknown as LedgerEntry
const facts = { spec, ledger: [], external: [], params: {} }

test('a task runs as of the run: its time, key, params, the outputs it needs, a generation above', () => {
  const plan = planLive({ ...facts, task: 'tell', params: { day: 2 }, run: run([ended('fetched'), ended('tell', { generation: 3 })]) })
  expect(plan).toMatchObject({
    run: 'r1',
    key: `scheduled:${at}`,
    trigger: 'scheduled',
    interval: { start: at - 3_600_000, end: at },
    params: { day: 2, kept: true },
    generation: 4,
    outputs: { fetched: { rows: 3 } },
  })
})

test('the batches at hand are those of the run, oldest first; of other pipelines those that it took', () => {
  const own = wrote('silver.orders', {
    dataset: 'shop:lake.silver.orders',
    batch: 'o',
    inputs: [{ dataset: 'shop:lake.silver.others', batch: 'x', version: '4' }],
  })
  const external = [
    wrote('elsewhere', { dataset: 'shop:lake.silver.others', batch: 'y', run: 'r8' }),
    wrote('elsewhere', { dataset: 'shop:lake.silver.others', batch: 'x', run: 'r7' }),
  ]
  const { history, generation } = planLive({ ...facts, task: 'silver.orders', run: run([]), ledger: [own], external })
  expect(history.written.map(({ run: of, receipt }) => [of, receipt.batch])).toEqual([
    [`scheduled:${at}`, 'o'],
    ['r7', 'x'],
    ['r8', 'y'],
  ])
  expect(history.taken).toEqual([
    { pipeline: 'orders', task: 'silver.orders', run: `scheduled:${at}`, dataset: 'shop:lake.silver.others', batch: 'x' },
  ])
  expect(generation).toBe(2)
})

test.each([
  ['did not have', [], 'run r1 has no output of fetched: it had no such task'],
  ['ended otherwise', [ended('fetched', { state: 'failed', output: null })], 'run r1 has no output of fetched: it is failed'],
])('a needed output that the run %s is an error that says what to do', (_, taskRuns, message) => {
  const refused = () => planLive({ ...facts, task: 'tell', run: run(taskRuns) })
  expect(refused).toThrow(
    expect.objectContaining({ code: 'not_found', message, next: expect.stringMatching(/--run RUN.*pipelines trigger orders/) }),
  )
})

test('a run of another pipeline is refused', () => {
  expect(() => planLive({ ...facts, task: 'tell', run: run([], { pipeline: 'sales' }) })).toThrow('run r1 is of sales, not of orders')
})

const step = (name: string) => spec.tasks.find((each) => each.name === name) ?? { name, kind: 'task' as const, fills: [] }

test('what writes the warehouse is refused by name, and a lake in a bucket; all else is not', () => {
  expect(refusalOf(step('load_orders'), null)).toMatchObject({
    code: 'request.invalid',
    message: expect.stringContaining('load_orders writes the warehouse (warehouse.public.orders)'),
  })
  expect(refusalOf({ name: 'old', kind: 'retain', fills: ['warehouse.public.orders'] }, null)?.message).toContain(
    'old deletes rows of the warehouse',
  )
  expect(refusalOf({ name: 'counts', kind: 'model', fills: ['warehouse.public.orders'] }, null)?.message).toContain(
    'counts writes the warehouse',
  )
  expect(refusalOf(step('silver.orders'), 's3://bucket/lake')).toMatchObject({
    message: expect.stringContaining('s3://bucket/lake'),
    next: expect.stringContaining('Leave out --live'),
  })
  expect([refusalOf(step('silver.orders'), null), refusalOf(step('tell'), null)]).toEqual([undefined, undefined])
})
