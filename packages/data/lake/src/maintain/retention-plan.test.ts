import { expect, test } from 'vitest'
import { planRetention, type RetentionFacts } from './retention-plan.ts'

const day = 86_400_000
const now = Date.UTC(2026, 10, 21)
const file = (age: number, batch: string) => ({ name: 'pages', path: `/${batch}`, batch, logicalTime: now - age * day, bytes: 10 })
const facts: RetentionFacts = {
  bronze: [file(40, 'old'), file(40, 'untransformed'), file(30, 'edge'), file(1, 'new')],
  consumed: new Set(['old', 'edge', 'new']),
  gold: ['a', 'b', 'c'].flatMap((stem) =>
    [0, 1].map((generation) => ({ name: 'facts', version: `${stem}-g${generation}`, stem, bytes: 5 })),
  ),
  silver: ['rows'],
}

test('nothing goes unless a layer says so', () => {
  expect(planRetention({}, facts, now)).toEqual({ steps: [], needed: [] })
})

test('a bronze file goes when it is older than the layer keeps and something was made of it', () => {
  expect(planRetention({ bronze: { keep: '30d' } }, facts, now)).toEqual({
    steps: [{ kind: 'bronze', name: 'pages', path: '/old', bytes: 10 }],
    needed: ['/untransformed'],
  })
})

test('the settings of a dataset come before those of its layer, and time is logical', () => {
  const policy = { bronze: { keep: '1d' }, datasets: { 'bronze.pages': { keep: '35d' } } } as const
  expect(planRetention(policy, facts, now).steps).toHaveLength(1)
  expect(planRetention(policy, facts, now - 20 * day).steps).toHaveLength(0)
})

test('gold keeps so many batches with all their generations, and never less than one', () => {
  const gone = (exports: number) =>
    planRetention({ gold: { exports } }, facts, now).steps.map((step) => step.kind === 'export' && step.version)
  expect(gone(2)).toEqual(['a-g0', 'a-g1'])
  expect(gone(0)).toEqual(['a-g0', 'a-g1', 'b-g0', 'b-g1'])
})

test('rows of silver go by the column that the settings name', () => {
  expect(planRetention({ silver: { keep: '7d' } }, facts, now).steps).toEqual([])
  expect(planRetention({ silver: { keep: '7d', column: 'seen_at' } }, facts, now).steps).toEqual([
    { kind: 'rows', name: 'rows', column: 'seen_at', before: now - 7 * day },
  ])
})
