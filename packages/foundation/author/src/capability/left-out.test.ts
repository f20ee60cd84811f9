import type { Receipt, Store } from '@sluice/core'
import { expect, test } from 'vitest'
import { dataset, text, written } from '../index.ts'
import { testAttempt } from '../testing/attempt.ts'
import { task } from '../testing/context.ts'

const rows = {
  lake: dataset('silver.rows', { on: 'lake', columns: { a: text() } }),
  warehouse: dataset('public.rows', { on: 'warehouse', columns: { a: text() } }),
}

function writeWith(store: Store, counts: Pick<Receipt, 'rowsIn' | 'rowsQuarantined' | 'brokenRules'>) {
  const step = task({ name: 'fill', fills: [rows[store]], run: () => {} })
  const warnings: unknown[] = []
  const log = { ...testAttempt(step).log, warn: (message: string) => warnings.push(message) }
  const receipt = {
    dataset: `p:${rows[store].id}`,
    batch: 'b1',
    generation: 1,
    status: 'written',
    reason: null,
    version: '1',
    inputs: [],
    rowsWritten: counts.rowsIn - counts.rowsQuarantined,
    bytes: 0,
    credits: 0,
    writtenAt: 0,
    replayed: false,
    ...counts,
  } as const
  return { warnings, write: () => written(testAttempt(step, { log }), store, receipt) }
}

test('what is left out is told by its rules, with the command that shows the rows and the two ways to put them right', () => {
  const { write } = writeWith('warehouse', {
    rowsIn: 75,
    rowsQuarantined: 38,
    brokenRules: { 'type(b)': 2, 'foreign_key(a)': 32, c: 1, d: 1, e: 1, f: 1 },
  })
  expect(write).toThrow(
    expect.objectContaining({
      code: 'quality.failed',
      message:
        'p:warehouse.public.rows: 38 of 75 rows (50.7 %) are in quarantine, more than the 10 % at which the step fails: foreign_key(a) 32, type(b) 2, c 1, d 1, 2 other rules',
      next: `See them: sluice warehouse sql p "select rule, place, cells from sluice_quarantine where dataset = 'p:warehouse.public.rows' and batch = 'b1'". Where the model or the dataset was wrong, correct it and clear the step: sluice tasks clear q fill --run r. Where the source was wrong, clear the task that landed its answers with --refetch in the place of the step: it is asked again. Or let the dataset allow more (quarantine: { fail }).`,
    }),
  )
})

test('a warning in the log has the rules and the command', () => {
  const { write, warnings } = writeWith('lake', { rowsIn: 100, rowsQuarantined: 5, brokenRules: { 'type(a)': 5 } })
  write()
  expect(warnings).toEqual([
    `p:lake.silver.rows: 5 of 100 rows (5 %) are in quarantine, more than the 1 % at which it warns: type(a) 5. See them: sluice lake sql p "select rule, place, cells from silver.rows__quarantine where batch = 'b1'"`,
  ])
})
