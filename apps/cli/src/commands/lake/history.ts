import { command } from '../../cli/command.ts'
import { table } from '../../format/table.ts'
import { bytes, count, moment } from '../../format/words.ts'

export const lakeHistory = command({
  path: 'lake history',
  summary: 'Every write to a table of the lake, newest first',
  args: { '<dataset>': 'silver.assets, or the full id' },
  examples: ['sluice lake history silver.assets'],
  run: async ({ client, output, global }, given) => {
    const { items } = await (await client()).lake.history({ query: { dataset: given.arg('dataset'), project: global.project } })
    output.result(items, () =>
      table(
        items,
        [
          { title: 'VERSION', of: ({ version }) => version },
          { title: 'WRITTEN', of: ({ writtenAt }) => moment(writtenAt) },
          { title: 'OPERATION', of: ({ operation }) => operation },
          { title: 'ROWS', of: ({ rowsWritten }) => count(rowsWritten), align: 'right' },
          { title: 'QUARANTINED', of: ({ rowsQuarantined }) => count(rowsQuarantined), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'BATCH', of: ({ batch, generation }) => (batch === null ? '-' : `${batch.slice(0, 8)} g${generation ?? '-'}`) },
        ],
        'Nothing was written yet.',
      ),
    )
    return 0
  },
})
