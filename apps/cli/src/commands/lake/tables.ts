import { command } from '../../cli/command.ts'
import { table } from '../../format/table.ts'
import { bytes, count, relative } from '../../format/words.ts'

export const lakeTables = command({
  path: 'lake tables',
  summary: 'Tables of the lake with their rows, size and latest version',
  examples: ['sluice lake tables', 'sluice lake tables --project shop --json'],
  run: async ({ client, output, global }) => {
    const { items } = await (await client()).lake.tables({ query: { project: global.project } })
    const now = Date.now()
    output.result(items, () =>
      table(
        items,
        [
          { title: 'DATASET', of: ({ dataset }) => dataset },
          { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
          { title: 'FILES', of: ({ files }) => count(files), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'WRITTEN', of: ({ writtenAt }) => relative(writtenAt, now) },
          { title: 'VERSION', of: ({ version }) => version },
        ],
        'The lake is empty: a table appears with its first batch.',
      ),
    )
    return 0
  },
})
