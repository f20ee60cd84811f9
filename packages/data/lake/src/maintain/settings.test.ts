import { dataset, integer, json, timestamp } from '@sluice/author'
import { expect, test } from 'vitest'
import { policyOf, retentionOf } from './settings.ts'

const columns = { id: integer(), at: timestamp() }
const answers = dataset('bronze.answers', { on: 'lake', bodies: json('$', { id: integer() }), order: 'ingested_at', keep: '30d' })
const readings = dataset('silver.readings', { on: 'lake', columns, order: 'at', keep: '90d' })
const others = dataset('silver.others', { on: 'lake', columns })
const loaded = dataset('public.readings', { on: 'warehouse', columns, order: 'at', keep: '7d' })
const all = [answers, readings, others, loaded]

test('a dataset says what it keeps, by its order; the rest is of its layer', () => {
  const policy = policyOf({ silver: { keep: '1d', versions: '3d' } }, all)
  expect(retentionOf(policy, 'bronze', 'answers')).toEqual({ keep: '30d', column: 'ingested_at' })
  expect(retentionOf(policy, 'silver', 'readings')).toEqual({ keep: '90d', column: 'at', versions: '3d' })
  expect(retentionOf(policy, 'silver', 'others')).toEqual({ keep: '1d', versions: '3d' })
  expect(Object.keys(policy.datasets ?? {})).toEqual(['bronze.answers', 'silver.readings'])
})

test('what the project says of a dataset comes before that', () => {
  const policy = policyOf({ datasets: { 'silver.readings': { keep: '5d' }, 'silver.others': { versions: '9d' } } }, all)
  expect(retentionOf(policy, 'silver', 'readings')).toEqual({ keep: '5d', column: 'at' })
  expect(retentionOf(policy, 'silver', 'others')).toEqual({ versions: '9d' })
})
