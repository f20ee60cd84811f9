import { fc } from '@sluice/core/testing/properties'
import { describe, expect, test } from 'vitest'
import type { GraphNode, ModelGraph } from '../graph/graph.ts'
import { inOrder } from '../graph/in-order.ts'
import { fingerprintsOf, selectedNodes } from './select.ts'

interface Given extends Partial<Pick<GraphNode, 'kind' | 'file' | 'tags' | 'owner'>> {
  readonly above?: readonly string[]
  readonly print?: string
}

const node = (name: string, { above = [], kind = 'model', file = null, tags = [], owner = null, print = name }: Given): GraphNode => ({
  id: name,
  kind,
  name,
  store: name.startsWith('public.') ? 'warehouse' : 'lake',
  file,
  description: null,
  owner,
  tags,
  reads: [],
  fills: kind === 'check' || kind === 'task' ? [] : [`${name.startsWith('public.') ? 'warehouse' : 'lake'}.${name}`],
  guards: [],
  steps: [{ pipeline: kind === 'task' ? 'weekly' : 'daily', step: name }],
  above,
  fingerprint: print,
})

/*
 * bronze.orders -> silver.orders -+-> silver.sales -> public.sales -> report
 * bronze.people -> silver.people -+-> silver.visits
 */
const graph: ModelGraph = {
  project: 'shop',
  version: 'v1',
  nodes: inOrder([
    node('bronze.orders', { kind: 'source', tags: ['raw'] }),
    node('bronze.people', { kind: 'source', tags: ['raw'], owner: 'crm' }),
    node('silver.orders', { above: ['bronze.orders'], file: 'models/staging/orders.ts', tags: ['nightly'] }),
    node('silver.people', { above: ['bronze.people'], file: 'models/staging/people.ts', tags: ['nightly', 'personal'], owner: 'crm' }),
    node('silver.sales', { above: ['silver.orders', 'silver.people'], file: 'models/marts/sales.sql', tags: ['finance'] }),
    node('silver.visits', { above: ['silver.people'], file: 'models/marts/visits.ts', tags: ['nightly'] }),
    node('public.sales', { above: ['silver.sales'], kind: 'load', file: 'pipelines/daily.ts' }),
    node('enough_sales', { above: ['public.sales'], kind: 'check', file: 'pipelines/daily.ts' }),
    node('report', { above: ['public.sales'], kind: 'task' }),
  ]),
}
const before = fingerprintsOf([
  ...graph.nodes
    .filter(({ name }) => name !== 'silver.visits')
    .map((each) => (each.name === 'silver.sales' ? { ...each, fingerprint: 'old' } : each)),
])
const chosen = (select: readonly string[], exclude: readonly string[] = []): readonly string[] =>
  selectedNodes(graph, { select, exclude, before })
    .map(({ name }) => name)
    .sort()
const all = graph.nodes.map(({ name }) => name)
const words = (text: string): readonly string[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .sort()

// After the pages of dbt on node selection: graph operators, set operators, methods, exclude.
describe('a selection means what it means to dbt', () => {
  test.each<readonly [select: string, exclude: string, nodes: string]>([
    ['silver.sales', '', 'silver.sales'],
    ['silver.sales+', '', 'silver.sales public.sales enough_sales report'],
    ['silver.sales+1', '', 'silver.sales public.sales'],
    ['+silver.sales', '', 'silver.sales silver.orders silver.people bronze.orders bronze.people'],
    ['1+silver.sales', '', 'silver.sales silver.orders silver.people'],
    ['0+silver.sales', '', 'silver.sales'],
    ['2+silver.sales+1', '', 'silver.sales silver.orders silver.people bronze.orders bronze.people public.sales'],
    ['+silver.visits+', '', 'silver.visits silver.people bronze.people'],
    // All below, and all above of those: what it takes to build them.
    ['@silver.orders', '', 'silver.orders silver.sales public.sales enough_sales report bronze.orders silver.people bronze.people'],
    ['@silver.visits', '', 'silver.visits silver.people bronze.people'],
    // A space is or, a comma is and; each side has its own levels.
    ['silver.orders silver.visits', '', 'silver.orders silver.visits'],
    ['+silver.sales,+silver.visits', '', 'silver.people bronze.people'],
    ['silver.people+,silver.orders+', '', 'silver.sales public.sales enough_sales report'],
    ['path:models/staging,tag:personal silver.visits', '', 'silver.people silver.visits'],
    ['silver.orders,silver.people', '', ''],
    ['tag:nightly', '', 'silver.orders silver.people silver.visits'],
    ['tag:night*', '', 'silver.orders silver.people silver.visits'],
    ['tag:raw+1', '', 'bronze.orders bronze.people silver.orders silver.people'],
    ['path:models/marts', '', 'silver.sales silver.visits'],
    ['models/marts/', '', 'silver.sales silver.visits'],
    ['./models/marts/visits.ts', '', 'silver.visits'],
    ['path:models/*/p*.ts', '', 'silver.people'],
    ['sales.sql', '', 'silver.sales'],
    ['file:visits.ts', '', 'silver.visits'],
    ['source:bronze.orders+1', '', 'bronze.orders silver.orders'],
    ['source:bronze+1', '', 'bronze.orders bronze.people silver.orders silver.people'],
    ['source:*', '', 'bronze.orders bronze.people'],
    ['kind:check', '', 'enough_sales'],
    ['store:warehouse', '', 'public.sales'],
    ['pipeline:weekly', '', 'report'],
    ['owner:crm', '', 'bronze.people silver.people'],
    // Names by their parts: the layer, the table, the id with its store.
    ['silver', '', 'silver.orders silver.people silver.sales silver.visits'],
    ['silver.*', '', 'silver.orders silver.people silver.sales silver.visits'],
    ['visits', '', 'silver.visits'],
    ['orders', '', 'bronze.orders silver.orders'],
    ['lake.silver.visits', '', 'silver.visits'],
    ['*.visit?', '', 'silver.visits'],
    ['silver.[ov]*', '', 'silver.orders silver.visits'],
    ['silver.[!ov]*', '', 'silver.people silver.sales'],
    // What differs from the version that runs; what is new has changed too.
    ['state:new', '', 'silver.visits'],
    ['state:changed', '', 'silver.sales silver.visits'],
    ['state:changed+', '', 'silver.sales silver.visits public.sales enough_sales report'],
    ['state:unchanged,tag:nightly', '', 'silver.orders silver.people'],
    // What is excluded goes last, whatever selected it.
    ['', 'tag:nightly', 'bronze.orders bronze.people silver.sales public.sales enough_sales report'],
    ['+silver.sales', 'source:*', 'silver.sales silver.orders silver.people'],
    ['silver.sales+', 'public.sales+', 'silver.sales'],
    ['silver', 'silver.people+ silver.orders', ''],
    ['silver', 'silver.people+,silver.visits', 'silver.orders silver.people silver.sales'],
  ])('%s without %s', (select, exclude, nodes) => {
    expect(chosen(select === '' ? [] : [select], exclude === '' ? [] : [exclude])).toEqual(words(nodes))
  })

  test('several arguments are one union, and nothing said is all', () => {
    expect(chosen(['silver.orders', 'silver.visits'])).toEqual(chosen(['silver.orders silver.visits']))
    expect(chosen([])).toEqual([...all].sort())
  })
})

test.each<readonly [select: string, sentence: string, next: string]>([
  ['silver.sale', 'nothing has the name silver.sale', 'silver.sales'],
  ['tag:nigthly', 'nothing has the tag nigthly', 'nightly'],
  ['path:model/marts', 'nothing has the path model/marts', 'models/marts'],
  ['source:silver.orders', 'nothing has the source', 'bronze.orders'],
  ['tags:x', 'tags: is not a method', 'tag:x'],
  ['resource_type:model', 'is not a method', 'kind:model'],
  ['state:modified', 'is not a state', 'state:changed'],
  ['@silver.sales+', 'both @ and +', '@silver.sales'],
  ['+', 'names nothing', 'silver.assets'],
  ['tag:', 'names nothing', 'silver.assets'],
  ['silver.sales,', 'missing beside a comma', 'without spaces'],
  ['silver.sales++', 'is not a selection', '@name'],
  ['silver.[', 'nothing has the name', 'silver'],
  ['quite_another_name', 'nothing has the name', 'models list'],
])('%s is refused with the way on', (select, sentence, next) => {
  const refused = (): unknown => chosen([select])
  expect(refused).toThrow(sentence)
  try {
    refused()
  } catch (thrown) {
    expect((thrown as { next: string }).next).toContain(next)
  }
})

test('a dataset that a load or a task fills is told by the step to name', () => {
  const load = { ...node('load_sales', { kind: 'load' }), fills: ['warehouse.public.sales'] }
  for (const name of ['public.sales', 'warehouse.public.sales', 'public'])
    expect(() => selectedNodes({ ...graph, nodes: [load] }, { select: [name] })).toThrow(
      expect.objectContaining({ next: `A load or task fills ${name}, and is named by its own name: load_sales.` }),
    )
})

test('a slip in what is excluded is refused too, since it would run too much', () => {
  expect(() => chosen(['silver'], ['silver.visit'])).toThrow('nothing has the name silver.visit')
})

test('state is refused where nothing was published to compare with', () => {
  expect(() => selectedNodes(graph, { select: ['state:changed'] })).toThrow('nothing of this project was published')
})

test('for any graph: @x holds +x+ of it, levels grow to all of them, and what is excluded is never selected', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const links = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 12 })
  fc.assert(
    fc.property(links, fc.constantFrom(...names), fc.constantFrom(...names), (pairs, one, other) => {
      const nodes = names.map((name, at) =>
        node(name, {
          kind: 'check',
          above: [...new Set(pairs.filter(([to, from]) => to === at && from !== at).map(([, from]) => names[from] ?? ''))],
        }),
      )
      const any: ModelGraph = { project: 'p', version: 'v', nodes: inOrder(nodes) }
      const of = (select: string, exclude: readonly string[] = []) =>
        new Set(selectedNodes(any, { select: [select], exclude }).map(({ name }) => name))
      expect(any.nodes).toHaveLength(names.length)
      expect(of(`@${one}`).isSupersetOf(of(`${one}+`))).toBe(true)
      expect(of(`+${one}+`)).toEqual(of(`+${one}`).union(of(`${one}+`)))
      expect(of(`6+${one}`)).toEqual(of(`+${one}`))
      expect(of(`2+${one}`).isSupersetOf(of(`1+${one}`))).toBe(true)
      expect(of(`+${one},+${other}`)).toEqual(of(`+${one}`).intersection(of(`+${other}`)))
      expect(of(`${one}+`).has(other)).toBe(of(`+${other}`).has(one))
      expect(of(`+${one}`, [other]).has(other)).toBe(false)
    }),
  )
})
