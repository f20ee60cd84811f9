import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import type { GraphNode } from './graph.ts'
import { inOrder } from './in-order.ts'
import { planRuns } from './plan-runs.ts'

const node = (name: string, above: readonly string[], pipelines: readonly string[], more: Partial<GraphNode> = {}): GraphNode => ({
  id: name,
  kind: 'model',
  name,
  store: 'lake',
  file: null,
  description: null,
  owner: null,
  tags: [],
  reads: [],
  fills: [`lake.${name}`],
  guards: [],
  steps: pipelines.map((pipeline) => ({ pipeline, step: name })),
  above,
  fingerprint: name,
  ...more,
})
const graphOf = (nodes: readonly GraphNode[]) => ({ project: 'p', version: 'v', nodes: inOrder(nodes) })
const planned = (nodes: readonly GraphNode[], chosen: readonly string[], options = {}) => {
  const graph = graphOf(nodes)
  const { runs, left } = planRuns(
    graph,
    graph.nodes.filter(({ id }) => chosen.includes(id)),
    options,
  )
  return { runs: runs.map(({ pipeline, tasks }) => `${pipeline}: ${tasks.join(' ')}`), left }
}

const chain = [node('s', [], ['a'], { kind: 'source' }), node('x', ['s'], ['a']), node('y', ['x'], ['b']), node('z', ['y'], ['a', 'b'])]

test('each pipeline has one run while nothing of another stands between, and the order is that of the graph', () => {
  expect(planned(chain, ['x', 'y', 'z'])).toEqual({ runs: ['a: x', 'b: y z'], left: [] })
  // Through a node that is not chosen too.
  expect(planned(chain, ['x', 'z'])).toEqual({ runs: ['a: x z'], left: [] })
  expect(planned(chain, ['s'])).toEqual({ runs: [], left: ['s'] })
})

test('checks that guard what is filled come with it, unless they are not wanted', () => {
  const checked = [...chain, node('enough', ['x'], ['a'], { kind: 'check', fills: [], guards: ['lake.x'] })]
  expect(planned(checked, ['x']).runs).toEqual(['a: x enough'])
  expect(planned(checked, ['x'], { checks: false }).runs).toEqual(['a: x'])
  expect(planned(checked, ['y']).runs).toEqual(['b: y'])
})

test('a cycle between pipelines is run through once', () => {
  expect(planned([node('x', ['y'], ['a']), node('y', ['x'], ['b'])], ['x', 'y']).runs).toHaveLength(2)
})

test('for any graph every chosen model is run once, and behind all that is above it', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const links = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 12 })
  const places = fc.array(fc.subarray(['p', 'q', 'r'], { minLength: 1 }), { minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(links, places, fc.subarray(names, { minLength: 1 }), (pairs, pipelines, chosen) => {
      const nodes = names.map((name, at) =>
        node(
          name,
          [...new Set(pairs.filter(([to, from]) => to === at && from < at).map(([, from]) => names[from] ?? ''))],
          pipelines[at] ?? [],
        ),
      )
      const graph = graphOf(nodes)
      const { runs } = planRuns(
        graph,
        graph.nodes.filter(({ id }) => chosen.includes(id)),
      )
      const order = runs.flatMap((run) => run.nodes)
      expect(order.toSorted()).toEqual(chosen.toSorted())
      for (const run of runs) for (const id of run.nodes) expect(pipelines[names.indexOf(id)]).toContain(run.pipeline)
      for (const { id, above } of nodes) {
        for (const each of above)
          if (chosen.includes(id) && chosen.includes(each)) expect(order.indexOf(each)).toBeLessThan(order.indexOf(id))
      }
    }),
  )
})
