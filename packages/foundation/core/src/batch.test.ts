import { expect, it } from 'vitest'
import { type BatchIdentity, batchId, fileBatchId, manualRunKey, scheduledRunKey } from './batch.ts'
import { fc } from './testing/properties.ts'

const identity: BatchIdentity = {
  project: 'crypto-coincap',
  pipeline: 'crypto_data_pipeline',
  task: 'extract_assets',
  mapKey: null,
  runKey: scheduledRunKey(1_700_000_000_000),
  dataset: 'crypto-coincap:lake.bronze.coincap_assets',
  write: 'main',
}

it('is the same for ever: stores hold it', () => {
  expect(batchId(identity)).toBe('a72795c0d70ec3e4c364eef2ec9b9235')
  expect(batchId({ ...identity })).toBe(batchId(identity))
})

it.each([
  ['project', 'other'],
  ['pipeline', 'other'],
  ['task', 'other'],
  ['mapKey', 'other'],
  ['mapKey', ''],
  ['runKey', scheduledRunKey(1_700_000_000_001)],
  ['runKey', manualRunKey('1700000000000')],
  ['dataset', 'crypto-coincap:lake.bronze.other'],
  ['write', 'other'],
] as const)('changes when %s becomes "%s"', (field, value) => {
  expect(batchId({ ...identity, [field]: value })).not.toBe(batchId(identity))
})

it('of a file is the same for ever too, and changes with each part of what names the file', () => {
  const file = { project: 'shop', dataset: 'shop:lake.silver.orders', source: 'orders', path: '2026/01.csv' }
  expect(fileBatchId(file)).toBe('90838fd2011c1df902cd47d6e95fc451')
  for (const field of ['project', 'dataset', 'source', 'path'] as const) {
    expect(fileBatchId({ ...file, [field]: 'other' })).not.toBe(fileBatchId(file))
  }
  expect(fileBatchId({ ...file, turn: 0 })).toBe(fileBatchId(file))
  expect(new Set([0, 1, 2].map((turn) => fileBatchId({ ...file, turn }))).size).toBe(3)
})

it('tells identities apart whose fields only meet at other places', () => {
  const field = fc.stringMatching(/^[0-9:-]{0,4}$/)
  const fields = fc.record({ project: field, pipeline: field, task: field, mapKey: fc.option(field), dataset: field, write: field })
  fc.assert(
    fc.property(fields, fields, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b)
      expect(batchId({ ...identity, ...a }) === batchId({ ...identity, ...b })).toBe(same)
    }),
    { numRuns: 500 },
  )
})
