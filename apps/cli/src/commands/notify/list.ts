import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { table } from '../../format/table.ts'
import { relative, state } from '../../format/words.ts'

export const listNotifications = command({
  path: 'notify list',
  summary: 'Messages to people, of runs and of data, newest first',
  options: [
    { flags: '--state <state>', description: 'only these', choices: ['queued', 'delivered', 'failed'] },
    { flags: '--limit <n>', description: 'at most so many', parse: wholeNumber, default: 50 },
  ],
  examples: ['sluice notify list', 'sluice notify list --state failed --json'],
  run: async ({ client, output, global }, given) => {
    const { items, hint } = await (await client()).notifications.list({
      query: { project: global.project, state: given.text('state'), limit: given.number('limit') },
    })
    const now = Date.now()
    output.result(items, () =>
      table(
        items,
        [
          { title: 'STATE', of: (each) => state(each.state) },
          { title: 'WHEN', of: ({ createdAt }) => relative(createdAt, now) },
          { title: 'TO', of: ({ channel, to }) => `${channel}:${to}` },
          { title: 'SUBJECT', of: ({ subject }) => subject ?? '-' },
          { title: 'TRIED', of: ({ attempts }) => String(attempts), align: 'right' },
          { title: 'NEXT', of: ({ nextAt }) => (nextAt === null || nextAt <= now ? '-' : relative(nextAt, now)) },
          { title: 'ERROR', of: ({ error }) => error ?? '-' },
          { title: 'KEY', of: ({ key }) => key },
        ],
        'There are no messages.',
      ),
    )
    if (hint !== null) output.note(hint)
    return 0
  },
})
