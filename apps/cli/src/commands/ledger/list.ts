import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { table } from '../../format/table.ts'
import { bytes, count, relative, state } from '../../format/words.ts'

export const listLedger = command({
  path: 'ledger list',
  summary: 'Receipts of everything written, newest first',
  options: [
    { flags: '--dataset <id>', description: 'only of this dataset' },
    { flags: '--run <id>', description: 'only of this run' },
    { flags: '--limit <n>', description: 'at most so many', parse: wholeNumber, default: 50 },
  ],
  examples: ['sluice ledger list', 'sluice ledger list --dataset crypto-coincap:lake.silver.assets --json'],
  run: async ({ client, output, global }, given) => {
    const { items, next } = await (await client()).ledger.list({
      query: { project: global.project, dataset: given.text('dataset'), run: given.text('run'), limit: given.number('limit') },
    })
    const now = Date.now()
    output.result(items, () =>
      table(
        items,
        [
          { title: 'DATASET', of: ({ dataset }) => dataset },
          { title: 'STATUS', of: ({ status }) => state(status) },
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
    )
    if (next !== null) output.note('There are more: raise --limit.')
    return 0
  },
})
