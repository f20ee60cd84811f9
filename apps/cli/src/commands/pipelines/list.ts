import { command } from '../../cli/command.ts'
import { table } from '../../format/table.ts'
import { relative, state } from '../../format/words.ts'

export const listPipelines = command({
  path: 'pipelines list',
  summary: 'All pipelines: schedule, next and latest run',
  examples: ['sluice pipelines list', 'sluice pipelines list --project shop --json'],
  run: async ({ client, output, global }) => {
    const api = await client()
    const query = { project: global.project }
    const { items } = await api.pipelines.list({ query })
    const now = Date.now()
    output.result(items, () =>
      table(
        items,
        [
          { title: 'PROJECT', of: ({ project }) => project },
          { title: 'PIPELINE', of: ({ name }) => name },
          { title: 'SCHEDULE', of: ({ schedule }) => schedule ?? 'none' },
          { title: 'PAUSED', of: ({ paused }) => (paused ? 'yes' : 'no') },
          {
            title: 'NEXT',
            of: ({ nextTick, schedule, paused }) =>
              paused ? '-' : nextTick === null && schedule !== null ? 'by backfill' : relative(nextTick, now),
          },
          { title: 'LAST RUN', of: ({ lastRun }) => (lastRun === null ? '-' : state(lastRun.state)) },
          { title: 'WHEN', of: ({ lastRun }) => relative(lastRun?.endedAt ?? lastRun?.startedAt ?? lastRun?.createdAt ?? null, now) },
        ],
        'There are no pipelines yet.',
      ),
    )
    const { items: errors } = await api.pipelines.errors({ query })
    if (errors.length > 0) output.note(`${errors.length} definition error(s): see "sluice pipelines errors"`)
    return 0
  },
})
