import { expect, test } from 'vitest'
import { allBatches, pulledBatch, quarantineOf } from './pulled-batch.ts'

const file = { source: 'sales', path: 'a b.csv', bytes: 1, modified: 0, hash: 'f' }
const written = { status: 'written', reason: null, rowsIn: 40, rowsWritten: 39, rowsQuarantined: 1 } as const

test('a file is told by its path, with the columns that were let pass', () => {
  expect(pulledBatch('sales', { ...written, file })).toBe('a b.csv: 40 rows in, 39 written, 1 in quarantine')
  const drift = [
    { event: 'new', column: 'Discount', policy: 'ignore' },
    { event: 'renamed', column: 'shop', from: 'Shops', by: 'name', policy: 'add' },
  ]
  expect(
    pulledBatch('sales', { ...written, file: { ...file, drift } })
      .split('\n')
      .slice(1),
  ).toEqual(['  drift: new "Discount" (ignore)', '  drift: renamed "shop", named "Shops" (add)'])
})

test('a file that is not there any more is told so, and not as 0 rows', () => {
  const none = { rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, reason: 'the file is not there any more' }
  expect(pulledBatch('sales', { ...written, ...none, file })).toBe('a b.csv: the file is not there any more, and its rows are taken away')
})

test('a database is told by the name of its source, an API by its answers and the ids that failed', () => {
  const slice = { source: 'clients', since: null, greatest: null }
  expect(pulledBatch('clients', { ...written, slice })).toBe('clients: 40 rows in, 39 written, 1 in quarantine')
  const answers = { source: 'items', requests: 3, rows: 15 }
  const pages = { ...written, rowsIn: 3, rowsWritten: 3, rowsQuarantined: 0 }
  expect(pulledBatch('items', { ...pages, answers })).toBe('items: 3 answers, 15 rows in them')
  const failed = [{ id: '7', why: '404 Not Found' }]
  const ids = { asked: 15, fetched: 14, missing: [], missingCount: 0, failed, failedCount: 1 }
  expect(pulledBatch('items', { ...pages, answers: { source: 'items', requests: 3, ids } })).toBe(
    'items: 3 answers; of 15 ids 14 fetched, 1 failed (7)',
  )
  const same = { ...pages, status: 'skipped', reason: '304: it has not changed' } as const
  expect(pulledBatch('items', { ...same, answers })).toBe('items: 304: it has not changed')
})

test('several batches have a sum', () => {
  expect(allBatches([written, written])).toBe('2 batches: 80 rows in, 78 written, 2 in quarantine')
  const many = { ...written, rowsIn: 12_345, rowsWritten: 10_000, rowsQuarantined: 2_345 }
  expect(allBatches([many])).toBe('1 batch: 12,345 rows in, 10,000 written, 2,345 in quarantine')
})

test('the rows in quarantine are a command away', () => {
  expect(quarantineOf('shop:lake.silver.orders')).toContain(
    'sluice lake sql shop "select file, row_number, rule, cells from silver.orders__quarantine"',
  )
})
