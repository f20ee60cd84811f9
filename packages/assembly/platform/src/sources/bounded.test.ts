import type { PlannedSource, PreviewedSource } from '@sluice/serve'
import { expect, test } from 'vitest'
import { bounded } from './bounded.ts'

const of = { project: 'shop', source: 'tills', kind: 'file-source', dataset: 'shop:lake.silver.tills', since: null, more: false } as const
const preview = (more: Partial<PreviewedSource>): PreviewedSource => ({
  ...{ ...of, file: 'a.csv', asked: null, detected: {}, columns: {}, drift: [], refused: null, rowsIn: 0, rowsWritten: 0 },
  ...{ rowsQuarantined: 0, rows: [], quarantine: [], told: ['first'], ...more },
})
const plan = (files: PlannedSource['files']): PlannedSource => ({
  ...{ ...of, folder: '/inbox', counts: { found: files.length }, files, asked: null, rows: null, drift: [], refused: null, told: [] },
})

test('what fits is given as it is', () => {
  const small = preview({ rows: [{ id: '1', tags: ['a', { b: 'c' }], gone: null }], quarantine: [] })
  expect(bounded(small, { bytes: 2 ** 20 })).toEqual(small)
})

test('a value of millions of characters is shortened, and tells it', () => {
  const { rows } = bounded(preview({ rows: [{ note: 'x'.repeat(5_000_000), tags: ['y'.repeat(20_000)] }] }), { bytes: 2 ** 20 })
  expect(rows[0]?.note).toMatch(/^x+ \[\.\.\. 4,990,000 characters left out \.\.\.\] x+$/)
  expect(JSON.stringify(rows).length).toBeLessThan(25_000)
})

test('rows, files and notes beyond what an answer may have are left out, and told by their number', () => {
  const many = bounded(preview({ rows: Array.from({ length: 1_000 }, () => ({ note: 'x'.repeat(9_000) })) }), { bytes: 2 ** 20 })
  expect(JSON.stringify(many).length).toBeLessThan(2 ** 20 + 1_000)
  expect(many.told).toEqual([
    expect.stringMatching(/^8\d\d of 1000 rows are left out: an answer has 1 MB at most$/),
    '1 of 1 notes are left out: an answer has 1 MB at most',
  ])
  const accents = bounded(preview({ rows: Array.from({ length: 1_000 }, () => ({ note: 'é'.repeat(5_000) })) }), { bytes: 2 ** 20 })
  expect(Buffer.byteLength(JSON.stringify(accents))).toBeLessThan(2 ** 20 + 1_000)
  const files = Array.from({ length: 100_000 }, (_, at) => ({ file: `${at}.csv`, is: 'new', bytes: 1, modified: 0, deed: 'read' }))
  const planned = bounded(plan(files), { bytes: 2 ** 20 })
  expect(planned.counts).toEqual({ found: 100_000 })
  expect(planned.told).toEqual([`${100_000 - planned.files.length} of 100000 files are left out: an answer has 1 MB at most`])
})
