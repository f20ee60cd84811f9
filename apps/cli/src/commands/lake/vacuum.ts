import { durationMs } from '@sluice/core'
import { command } from '../../cli/command.ts'
import { confirm } from '../../cli/confirm.ts'
import { bytes, count } from '../../format/words.ts'

export const lakeVacuum = command({
  path: 'lake vacuum',
  summary: 'Delete the files of a table that no version within the retention needs',
  args: { '<dataset>': 'silver.assets, or the full id' },
  options: [
    { flags: '--retention <duration>', description: 'how long files stay after they left the table, such as 30d; the setting, or 7d' },
    { flags: '--allow-short', description: 'also below 7d: readers that run may fail' },
    { flags: '--dry-run', description: 'only say what would go' },
    { flags: '-y, --yes', description: 'do not ask: versions that need the files cannot be read any more' },
  ],
  examples: ['sluice lake vacuum silver.assets --dry-run', 'sluice lake vacuum silver.assets --retention 30d --yes'],
  run: async ({ client, output, global }, given) => {
    const dataset = given.arg('dataset')
    const retention = given.text('retention')
    const dryRun = given.flag('dryRun')
    const opened = await client()
    if (!dryRun)
      await confirm(output, given.flag('yes'), `Delete the old files of ${dataset}? Versions that need them cannot be read any more.`)
    const answer = await opened.lake.vacuum({
      body: {
        dataset,
        dryRun,
        allowShortRetention: given.flag('allowShort'),
        ...(global.project === undefined ? {} : { project: global.project }),
        ...(retention === undefined ? {} : { retentionHours: durationMs(retention) / 3_600_000 }),
      },
    })
    output.result(answer, () => {
      const total = `${count(answer.deleted.length)} files, ${bytes(answer.bytes)}`
      if (!answer.dryRun) return `deleted ${total}`
      return [...answer.deleted.map((path) => `would delete ${path}`), `would delete ${total}`].join('\n')
    })
    return 0
  },
})
