import { expect, test } from 'vitest'
import { closing, costOf, dearest, type FileRecord, tallyOf } from './tally.ts'

const file = (more: Partial<FileRecord>): FileRecord => ({
  path: 'a.test.ts',
  ms: 1,
  processorMs: 0,
  passed: 0,
  skipped: 0,
  pending: 0,
  failures: [],
  ...more,
})

test('a run without failures passes', () => {
  const tally = tallyOf({ files: [file({ passed: 2, skipped: 1 }), file({ passed: 3 })], unhandled: [] }, 0)
  expect(closing(tally)).toBe('5 passed, 0 failed, 1 skipped')
})

test('failures are told with the first line of their message', () => {
  const failures = [{ name: 'sums', message: 'expected 1\nto be 2' }]
  expect(tallyOf({ files: [file({ passed: 1, failures })], unhandled: [] }, 1)).toMatchObject({
    failed: 1,
    failures: ['a.test.ts > sums: expected 1'],
  })
})

test('an error outside of any test, tests without an end and a run without a record count as failed', () => {
  expect(tallyOf({ files: [file({ passed: 1 })], unhandled: ['lost'] }, 1)).toMatchObject({ passed: 1, failed: 1 })
  expect(tallyOf({ files: [file({ passed: 1, pending: 3 })], unhandled: [] }, 1)).toMatchObject({ passed: 1, failed: 3 })
  expect(tallyOf(undefined, 0)).toMatchObject({ passed: 0, failed: 1 })
})

test('an exit code that no failure explains counts as failed', () => {
  expect(tallyOf({ files: [file({ passed: 1 })], unhandled: [] }, 1)).toMatchObject({ passed: 1, failed: 1 })
  expect(tallyOf({ files: [], unhandled: [] }, 1)).toMatchObject({ passed: 0, failed: 1 })
})

test('the files that cost most come first, in words for people', () => {
  const files = [
    file({ path: 'b', ms: 125_000, processorMs: 1_400 }),
    file({ path: 'c', ms: 70_000, processorMs: 63_000 }),
    file({ path: 'd', ms: 3 }),
  ]
  expect(dearest({ files, unhandled: [] }, 2)).toEqual([' 1 min 3 s in 1 min 10 s  c', '       1 s in 2 min 5 s   b'])
})

test('the cost of a run is the processor time of all its files, however long each of them took', () => {
  const files = [file({ ms: 9_000, processorMs: 1_400 }), file({ ms: 1, processorMs: 63_000 })]
  expect(costOf({ files, unhandled: [] })).toBe('1 min 4 s of processor time in 2 files of tests')
})
