import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, it } from 'vitest'
import { type AnyDataset, check, dataset, graphOf, pipeline, type Step, sql, text } from '../index.ts'
import { task } from '../testing/context.ts'

/** A pipeline in which each step reads what earlier ones fill, listed in any order. So it has no cycle, and each dataset has one writer. */
function randomPipeline({ chance, integer, next }: Random) {
  const datasets = Array.from({ length: 2 + integer(12) }, (_, n) => dataset(`silver.d${n}`, { on: 'lake', columns: { id: text() } }))
  const steps: Step[] = []
  datasets.forEach((filled, n) => {
    const reads = datasets.slice(0, n).filter(() => chance(0.3))
    const needs = Object.fromEntries(steps.filter((step) => step.kind === 'task' && chance(0.1)).map((step) => [step.name, step]))
    if (chance(0.9)) steps.push(task({ name: `t${n}`, needs, reads, fills: [filled], run: () => 1 }))
    if (chance(0.4)) {
      const otherwise = chance(0.5) ? 'fail' : 'warn'
      steps.push(check({ name: `c${n}`, on: filled, rule: sql`select true from ${filled}`, message: '', otherwise }))
    }
  })
  return steps
    .map((step) => ({ step, at: next() }))
    .sort((x, y) => x.at - y.at)
    .map(({ step }) => step)
}

const has = (datasets: readonly AnyDataset[], { id }: AnyDataset): boolean => datasets.some((each) => each.id === id)

it('any pipeline runs fillers before readers, failing checks before readers, and needs first', () => {
  const seed = seedOfRun()
  for (let round = 0; round < 200; round++) {
    const steps = randomPipeline(seeded(seed + round))
    if (steps.length === 0) continue
    const graph = graphOf(pipeline({ name: 'p', steps }))
    const context = `SLUICE_SEED=${seed} round ${round}`
    expect(graph.faults, context).toEqual([])
    const order = graph.spec.tasks.map(({ name }) => name)
    const place = ({ name }: Step): number => order.indexOf(name)
    expect([...order].sort(), context).toEqual(steps.map(({ name }) => name).sort())
    for (const later of steps) {
      for (const needed of Object.values(later.needs)) expect(place(needed), context).toBeLessThan(place(later))
      for (const earlier of steps.filter((each) => each !== later)) {
        const feeds = earlier.fills.some((each) => has(later.reads, each))
        const holdsUp =
          earlier.kind === 'check' &&
          'otherwise' in earlier &&
          earlier.otherwise === 'fail' &&
          later.kind !== 'check' &&
          earlier.reads.some((each) => has(later.reads, each))
        if (feeds || holdsUp) expect(place(earlier), `${context}: ${earlier.name} before ${later.name}`).toBeLessThan(place(later))
      }
    }
    for (const { name, upstream } of graph.spec.tasks) {
      for (const above of upstream) expect(order.indexOf(above), context).toBeLessThan(order.indexOf(name))
    }
    // The same steps listed otherwise wait for the same steps.
    const listedBackwards = graphOf(pipeline({ name: 'p', steps: steps.toReversed() })).spec
    const upstreams = (tasks: typeof listedBackwards.tasks) => Object.fromEntries(tasks.map((each) => [each.name, each.upstream]))
    expect(upstreams(listedBackwards.tasks), context).toEqual(upstreams(graph.spec.tasks))
  }
})
