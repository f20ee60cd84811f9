import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { among } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { bytes, count, relative, state } from '../../format/words.ts'
import { ledgerEntry } from '../../schemas/runs.ts'
import { inProject, pageOf, paging } from '../../schemas/values.ts'

export const listLedger = endpoint({
  name: 'ledger.list',
  method: 'get',
  path: '/ledger',
  right: 'viewer',
  scope: 'projects',
  summary: 'Receipts of everything written, newest first',
  query: z.object({
    ...inProject,
    dataset: z.string().optional().describe('only of this dataset'),
    run: z.string().optional().describe('only of this run'),
    ...paging,
  }),
  answer: pageOf(ledgerEntry),
  handle: ({ engine }, { query: { project, ...query }, projects }) =>
    engine.ledger(given({ ...query, projects: among(projects, project) })),
  terminal: {
    change: { dataset: { flags: '--dataset <id>' }, run: { flags: '--run <id>' } },
    examples: ['sluice ledger list', 'sluice ledger list --dataset crypto-coincap:lake.silver.assets --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'DATASET', of: ({ dataset }) => dataset },
          { title: 'STATUS', of: ({ status }) => status, show: state },
          { title: 'IN', of: ({ rowsIn }) => count(rowsIn), align: 'right' },
          { title: 'WRITTEN', of: ({ rowsWritten }) => count(rowsWritten), align: 'right' },
          { title: 'QUARANTINED', of: ({ rowsQuarantined }) => count(rowsQuarantined), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
          { title: 'TASK', of: ({ task, attempt }) => `${task} #${attempt}` },
          { title: 'WHEN', of: ({ writtenAt }) => relative(writtenAt, now) },
          { title: 'RUN', of: ({ run }) => run },
        ],
        'The ledger is empty.',
      ),
    after: ({ output }, { next }) => {
      if (next !== null) output.note('There are more: raise --limit.')
    },
  },
})
