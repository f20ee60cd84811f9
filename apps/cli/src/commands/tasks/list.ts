import { command } from '../../cli/command.ts'
import { table } from '../../format/table.ts'

export const listTasks = command({
  path: 'tasks list',
  summary: 'The tasks of a pipeline, in the order they may run',
  args: { '<pipeline>': 'its name' },
  examples: ['sluice tasks list crypto_data_pipeline', 'sluice tasks list crypto_data_pipeline --json'],
  run: async ({ client, output, global }, given) => {
    const { spec } = await (await client()).pipelines.show({
      params: { pipeline: given.arg('pipeline') },
      query: { project: global.project },
    })
    output.result(spec.tasks, () =>
      table(
        spec.tasks,
        [
          { title: 'TASK', of: ({ name }) => name },
          { title: 'KIND', of: ({ kind }) => kind },
          { title: 'AFTER', of: ({ upstream }) => upstream.join(', ') || '-' },
          { title: 'RULE', of: ({ rule }) => rule },
          { title: 'ATTEMPTS', of: ({ retry }) => String(retry.attempts), align: 'right' },
          { title: 'DESCRIPTION', of: ({ description }) => description ?? '' },
        ],
        'It has no tasks.',
      ),
    )
    return 0
  },
})
