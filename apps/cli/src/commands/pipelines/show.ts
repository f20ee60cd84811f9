import { command } from '../../cli/command.ts'
import { fields, table } from '../../format/table.ts'
import { moment, relative, state } from '../../format/words.ts'

export const showPipeline = command({
  path: 'pipelines show',
  summary: 'A pipeline with its tasks and what they depend on',
  args: { '<pipeline>': 'its name' },
  examples: ['sluice pipelines show crypto_data_pipeline'],
  run: async ({ client, output, global }, given) => {
    const pipeline = await (await client()).pipelines.show({
      params: { pipeline: given.arg('pipeline') },
      query: { project: global.project },
    })
    const { spec } = pipeline
    output.result(pipeline, () =>
      [
        fields([
          ['pipeline', `${pipeline.project}:${pipeline.name}`],
          ['description', pipeline.description ?? undefined],
          ['schedule', pipeline.schedule === null ? 'none: runs when triggered' : `${pipeline.schedule} (${pipeline.timeZone})`],
          ['paused', pipeline.paused ? 'yes' : 'no'],
          ['next', pipeline.nextTick === null ? undefined : `${moment(pipeline.nextTick)} (${relative(pipeline.nextTick, Date.now())})`],
          ['last run', pipeline.lastRun === null ? undefined : `${state(pipeline.lastRun.state)}  ${pipeline.lastRun.id}`],
          ['tags', pipeline.tags.join(', ')],
          ['version', pipeline.version],
        ]),
        '',
        table(
          spec.tasks,
          [
            { title: 'TASK', of: ({ name }) => name },
            { title: 'KIND', of: ({ kind }) => kind },
            { title: 'AFTER', of: ({ upstream }) => upstream.join(', ') || '-' },
            { title: 'ATTEMPTS', of: ({ retry }) => String(retry.attempts), align: 'right' },
            { title: 'WRITES', of: ({ writes }) => writes ?? '-' },
          ],
          'It has no tasks.',
        ),
      ].join('\n'),
    )
    const waiting = await (await client()).notifications.list({ query: { state: 'queued', limit: 1 } }).catch(() => undefined)
    if (waiting?.hint != null) output.note(waiting.hint)
    return 0
  },
})
