import { decimal, integer, text } from '@sluice/author'
import { expect, test } from 'vitest'
import type { NodeColumns } from './columns.ts'
import { changedColumns, reachOf, withColumnsOf } from './contract.ts'
import type { DeclaredProject } from './declared.ts'
import type { GraphNode, ModelGraph } from './graph.ts'

const projectWith = (columns: DeclaredProject['datasets'][number]['columns']): DeclaredProject => ({
  project: 'shop',
  version: 'v',
  pipelines: [],
  models: [],
  loads: [],
  checks: [],
  datasets: [
    { id: 'lake.silver.sales', on: 'lake', name: 'silver.sales', columns, key: [], facts: { indexes: [], references: [], checks: [] } },
  ],
})
const before = projectWith({ shop: text(), usd: decimal(18, 2), n: integer() })
const now = projectWith({ shop: text(), n: text() })

test('columns that are gone and columns of another type are told, and new ones are not', () => {
  expect(changedColumns(before, now)).toEqual([
    { dataset: 'lake.silver.sales', column: 'usd', from: 'decimal(18, 2)', to: null },
    { dataset: 'lake.silver.sales', column: 'n', from: 'integer', to: 'text' },
  ])
  expect(changedColumns(now, now)).toEqual([])
  expect(new Set(Object.keys(withColumnsOf(now, before).datasets[0]?.columns ?? {}))).toEqual(new Set(['n', 'shop', 'usd']))
})

const node = (id: string, above: readonly string[], more: Partial<GraphNode>): GraphNode => ({
  id,
  kind: 'model',
  name: id,
  store: 'lake',
  file: null,
  description: null,
  owner: null,
  tags: [],
  reads: [],
  fills: [`lake.${id}`],
  guards: [],
  steps: [],
  above,
  fingerprint: id,
  ...more,
})
const made = (uses: readonly string[], columns: NodeColumns['columns'] = []): NodeColumns => ({ followed: true, columns, uses })

test('a changed column reaches what names it, what is made of it through models and loads, and the tasks that read that', () => {
  const graph: ModelGraph = {
    project: 'shop',
    version: 'v',
    nodes: [
      node('totals', [], { reads: ['lake.silver.sales'] }),
      node('other', [], { reads: ['lake.silver.sales'] }),
      node('load', ['totals'], { kind: 'load', fills: ['warehouse.public.totals'] }),
      node('enough', ['load'], { kind: 'check', fills: [] }),
      node('report', ['load'], { kind: 'task', reads: ['warehouse.public.totals'], fills: [] }),
    ],
  }
  const columns = new Map([
    ['totals', made(['lake.silver.sales.usd'], [{ name: 'sum', from: ['lake.silver.sales.usd'] }])],
    ['other', made(['lake.silver.sales.shop'], [{ name: 'shop', from: ['lake.silver.sales.shop'] }])],
    ['load', made(['lake.totals.sum'], [{ name: 'amount', from: ['lake.totals.sum'] }])],
    ['enough', made(['warehouse.public.totals.amount'])],
  ])
  const [gone] = changedColumns(before, now)
  expect(gone && reachOf(gone, graph, columns)).toMatchObject({ users: ['totals'], below: ['load', 'enough', 'report'] })
})
