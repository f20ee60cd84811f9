import { command } from '../../cli/command.ts'
import { table } from '../../format/table.ts'
import { bytes, count, state } from '../../format/words.ts'

export const lakeVerify = command({
  path: 'lake verify',
  summary: 'Read the exports of gold again: checksums, rows and columns against their manifests',
  args: { '<gold>': 'gold.NAME, or the full id' },
  options: [{ flags: '--export <version>', description: 'only this one, as "lake history" lists them' }],
  examples: ['sluice lake verify gold.assets', 'sluice lake verify gold.assets --json'],
  run: async ({ client, output, global }, given) => {
    const version = given.text('export')
    const { items } = await (await client()).lake.verify({
      body: {
        dataset: given.arg('gold'),
        ...(global.project === undefined ? {} : { project: global.project }),
        ...(version === undefined ? {} : { version }),
      },
    })
    output.result(items, () =>
      table(
        items,
        [
          { title: 'EXPORT', of: (each) => each.version },
          { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'STATE', of: ({ problems, expired }) => state(problems.length > 0 ? 'failed' : expired ? 'skipped' : 'ok') },
          { title: 'WHAT', of: ({ problems, expired }) => (expired ? 'retention took its files' : problems.join('; ')) },
        ],
        'There are no exports.',
      ),
    )
    return items.some(({ problems }) => problems.length > 0) ? 1 : 0
  },
})
