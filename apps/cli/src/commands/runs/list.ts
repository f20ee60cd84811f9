import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { table } from '../../format/table.ts'
import { moment, relative, state, took } from '../../format/words.ts'

export const listRuns = command({
  path: 'runs list',
  summary: 'Runs, newest first',
  args: { '[pipeline]': 'only of this pipeline' },
  options: [
    { flags: '--state <state>', description: 'only those', choices: ['queued', 'running', 'success', 'failed', 'cancelled'] },
    { flags: '--limit <n>', description: 'at most so many', parse: wholeNumber, default: 20 },
  ],
  examples: ['sluice runs list', 'sluice runs list crypto_data_pipeline --state failed --limit 5'],
  run: async ({ client, output, global }, given) => {
    const { items, next } = await (await client()).runs.list({
      query: { project: global.project, pipeline: given.optionalArg('pipeline'), state: given.text('state'), limit: given.number('limit') },
    })
    const now = Date.now()
    output.result(items, () =>
      table(
        items,
        [
          { title: 'RUN', of: ({ id }) => id },
          { title: 'PIPELINE', of: ({ project, pipeline }) => `${project}:${pipeline}` },
          { title: 'STATE', of: (run) => state(run.state) },
          { title: 'TRIGGER', of: ({ trigger }) => trigger },
          { title: 'LOGICAL TIME', of: ({ logicalTime }) => moment(logicalTime) },
          { title: 'STARTED', of: ({ startedAt }) => relative(startedAt, now) },
          { title: 'TOOK', of: ({ startedAt, endedAt }) => took(startedAt, endedAt, now), align: 'right' },
        ],
        'There are no such runs.',
      ),
    )
    if (next !== null) output.note('There are more: raise --limit.')
    return 0
  },
})
