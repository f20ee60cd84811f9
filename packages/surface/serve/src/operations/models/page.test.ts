import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import type { ModelsNode } from '../../services.ts'
import { modelsPage } from './page.ts'
import { box, layoutOf } from './page-layout.ts'

const node = (id: string, above: readonly string[], more: Partial<ModelsNode> = {}): ModelsNode => ({
  id,
  kind: 'model',
  name: id.split(' ')[1] ?? id,
  store: 'lake',
  file: 'models/m.ts',
  description: null,
  owner: null,
  tags: [],
  reads: [],
  fills: [`lake.${id.split(' ')[1] ?? id}`],
  guards: [],
  steps: [],
  above,
  fingerprint: id,
  state: null,
  refresh: 'full',
  sql: null,
  followed: true,
  columns: [],
  uses: [],
  ...more,
})
const column = { type: 'integer', notNull: false, personal: false, comment: null }

test('the page asks no network for anything, holds every node, and leads from a column to those that it is made of', () => {
  const sales = node('model silver.sales', [], { columns: [{ ...column, name: 'n', from: ['lake.bronze.x.n'] }] })
  const totals = node('model silver.totals', [sales.id], { columns: [{ ...column, name: 'sum', from: ['lake.silver.sales.n'] }] })
  const page = modelsPage({ project: 'shop', version: 'v1', nodes: [sales, totals] }, 'lineage')
  expect(page).not.toMatch(/(?:src|href)="(?!#)|url\(|@import|https?:/)
  expect(page).toContain('<tr id="model_silver.sales/n">')
  expect(page).toContain('<a href="#model_silver.sales/n">lake.silver.sales.n</a>')
  // What is not on the page is text.
  expect(page).toContain('<td>lake.bronze.x.n</td>')
  expect(page.match(/<section class="card" id=/g)).toHaveLength(2)
})

test('what a project writes into descriptions, names and SQL stays text', () => {
  const evil = `</script><img src=x onerror="alert('1')">&`
  const nodes = [
    node(`model ${evil}`, [], {
      description: evil,
      owner: evil,
      tags: [evil],
      sql: evil,
      columns: [{ ...column, name: evil, comment: evil, from: [evil] }],
    }),
  ]
  const page = modelsPage({ project: evil, version: evil, nodes }, 'docs')
  expect(page).not.toContain('<img')
  expect(page.match(/<\/script>/g)).toHaveLength(2)
})

test('a node is drawn right of all that is above it, no two at one place, and each edge once', () => {
  const links = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 })
  fc.assert(
    fc.property(links, (pairs) => {
      const nodes = Array.from({ length: 8 }, (_, at) => ({
        id: `n${at}`,
        above: [...new Set(pairs.filter(([to, from]) => to === at && from < at).map(([, from]) => `n${from}`))],
      }))
      const { nodes: placed, edges, width, height } = layoutOf(nodes)
      const byId = new Map(placed.map((each) => [each.id, each]))
      expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(8)
      expect(edges).toHaveLength(nodes.flatMap(({ above }) => above).length)
      for (const { from, to } of edges) expect(byId.get(from)?.x ?? 0).toBeLessThan((byId.get(to)?.x ?? 0) - box.width)
      for (const { x, y } of placed) expect(x >= 0 && y >= 0 && x + box.width <= width && y + box.height <= height).toBe(true)
    }),
  )
})
