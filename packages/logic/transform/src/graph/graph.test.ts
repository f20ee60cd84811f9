import {
  type AnyDataset,
  check,
  dataset,
  decimal,
  graphOf,
  integer,
  json,
  load,
  model,
  modelSpec,
  type Pipeline,
  pipeline,
  type Step,
  sql,
  text,
} from '@sluice/author'
import { cron } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { columnsOfGraph, type NodeColumns } from './columns.ts'
import type { DeclaredProject } from './declared.ts'
import { graphOfProject } from './graph.ts'

const landed = dataset('bronze.sales', { on: 'lake', bodies: json('$[*]', { shop: text(), usd: text(), day: text() }), tags: ['raw'] })
const sales = dataset('silver.sales', { on: 'lake', columns: { shop: text(), usd: decimal(18, 2), day: text() }, owner: 'tills' })
const published = dataset('public.sales', { on: 'warehouse', columns: { shop: text(), amount: decimal(18, 2) } })
const totals = dataset('public.totals', {
  on: 'warehouse',
  columns: { shop: text(), usd: decimal(18, 2), n: integer() },
  tags: ['finance'],
})

const clean = model({
  into: sales,
  from: { landed },
  refresh: 'batch',
  query: ({ landed }) => sql`select shop, usd, day from ${landed.batch}`,
})
const publish = load({ from: sales, into: published, mode: 'append', columns: { amount: 'usd' } })
const totalled = (having: number) =>
  model({
    into: totals,
    from: { published },
    refresh: 'full',
    query: ({ published }) =>
      sql`with s as (select shop, amount as usd from ${published}) select shop, sum(usd) as usd, count(*) as n from s where shop <> '' group by shop having count(*) > ${having}`,
  })
const enough = check({ name: 'enough', on: totals, rule: sql`select count(*) > 1 as ok from ${totals} where n > 0`, message: 'too few' })

function declaredOf(pipelines: readonly Pipeline[]): DeclaredProject {
  const graphs = pipelines.map(graphOf)
  const steps = [...new Set(graphs.flatMap(({ steps }) => [...steps.values()] as readonly Step[]))]
  const file = 'pipelines/p.ts'
  return {
    project: 'shop',
    version: 'v',
    pipelines: graphs.map(({ spec }) => spec),
    models: steps.flatMap((step) => (step.kind === 'model' ? [{ ...modelSpec(step as never), file: 'models/m.ts' }] : [])),
    loads: steps.flatMap((step) => {
      if (step.kind !== 'load') return []
      const { name, from, into, mode, columns } = step as ReturnType<typeof load>
      return [{ name, from: from.id, into: into.id, mode, columns, file }]
    }),
    checks: steps.flatMap((step) => {
      if (step.kind !== 'check') return []
      const { name, on, reads, sql, message } = step as ReturnType<typeof check>
      return [{ name, on: on.map(({ id }) => id), reads: reads.map(({ id }) => id), sql, message, file }]
    }),
    datasets: [landed, sales, published, totals] as unknown as readonly AnyDataset[],
  }
}

const daily = (total = totalled(1)) =>
  pipeline({ name: 'daily', schedule: cron('@daily'), tags: ['prod'], steps: [clean, publish, total, enough] })
const weekly = pipeline({ name: 'weekly', schedule: cron('@daily'), steps: [totalled(1)] })

let duckdb: Awaited<ReturnType<typeof openDuckDB>>
beforeAll(async () => {
  duckdb = await openDuckDB({ threads: 1 })
})
afterAll(() => duckdb.close())

const columnsOf = async (declared: DeclaredProject, cache = new Map<string, NodeColumns>()) =>
  await columnsOfGraph(graphOfProject(declared), declared, { parser: () => duckdb.connect(), cache })

test('steps that read or fill datasets are nodes, those of several pipelines one, and what nothing here fills is a source', () => {
  const { nodes } = graphOfProject(declaredOf([daily(), weekly]))
  expect(nodes.map(({ id, above }) => [id, above])).toEqual([
    ['source bronze.sales', []],
    ['model silver.sales', ['source bronze.sales']],
    ['load load_sales', ['model silver.sales']],
    ['model public.totals', ['load load_sales']],
    ['check enough', ['model public.totals']],
  ])
  const [source, , , total, rule] = nodes
  expect(source).toMatchObject({ tags: ['raw'], file: null })
  expect(total).toMatchObject({
    tags: ['prod', 'finance'],
    file: 'models/m.ts',
    store: 'warehouse',
    steps: [
      { pipeline: 'daily', step: 'public.totals' },
      { pipeline: 'weekly', step: 'public.totals' },
    ],
  })
  expect(rule?.guards).toEqual(['warehouse.public.totals'])
})

test('a fingerprint changes with the SQL, the mode and the columns, and with nothing else', () => {
  const prints = (declared: DeclaredProject) => graphOfProject(declared).nodes.map(({ id, fingerprint }) => `${id} ${fingerprint}`)
  const [one, same, other] = [
    prints(declaredOf([daily()])),
    prints(declaredOf([daily(), weekly])),
    prints(declaredOf([daily(totalled(2))])),
  ]
  expect(same).toEqual(one)
  expect(other.filter((print) => !one.includes(print)).map((print) => print.split(' ')[1])).toEqual(['public.totals'])
  const declared = declaredOf([daily()])
  const wider = declared.datasets.map((each) => (each.id === sales.id ? { ...each, columns: { ...each.columns, more: text() } } : each))
  const changed = prints({ ...declared, datasets: wider }).filter((print) => !one.includes(print))
  expect(changed.map((print) => print.split(' ')[1])).toEqual(['silver.sales'])
})

test('columns are followed through models and loads, and what only selects rows is used', async () => {
  const found = await columnsOf(declaredOf([daily()]))
  expect(found.get('load load_sales')?.columns).toEqual([
    { name: 'shop', from: ['lake.silver.sales.shop'] },
    { name: 'amount', from: ['lake.silver.sales.usd'] },
  ])
  expect(found.get('model public.totals')).toEqual({
    followed: true,
    columns: [
      { name: 'shop', from: ['warehouse.public.sales.shop'] },
      { name: 'usd', from: ['warehouse.public.sales.amount'] },
      { name: 'n', from: [] },
    ],
    uses: ['warehouse.public.sales.amount', 'warehouse.public.sales.shop'],
  })
  expect(found.get('check enough')).toEqual({ followed: true, columns: [], uses: ['warehouse.public.totals.n'] })
})

test('a statement that was read before is not parsed again, and one that changed is', async () => {
  const cache = new Map<string, NodeColumns>()
  const once = await columnsOf(declaredOf([daily()]), cache)
  const refuse = (): Promise<never> => Promise.reject(new Error('parsed again'))
  const declared = declaredOf([daily()])
  expect(await columnsOfGraph(graphOfProject(declared), declared, { parser: refuse, cache })).toEqual(once)
  const other = declaredOf([daily(totalled(2))])
  const more = {
    ...other,
    datasets: other.datasets.map((each) => (each.id === landed.id ? { ...each, columns: { ...each.columns, more: text() } } : each)),
  }
  await expect(columnsOfGraph(graphOfProject(more), more, { parser: refuse, cache })).rejects.toThrow('parsed again')
})
