import { given } from '@sluice/core'
import type { PipelineDetail } from '@sluice/engine'
import { endpoint } from '../../endpoint/endpoint.ts'
import { directlyAfter } from '../../format/directly-after.ts'
import { fields, table } from '../../format/table.ts'
import { actorText, momentIn, relative, stateFirst } from '../../format/words.ts'
import { pipelineDetail } from '../../schemas/pipelines.ts'
import { listNotifications } from '../notifications/list.ts'
import { projectOfPipeline } from '../scope.ts'
import { named, ofName } from './of-name.ts'

export const showPipeline = endpoint({
  name: 'pipelines.show',
  method: 'get',
  path: '/pipelines/{pipeline}',
  right: 'viewer',
  scope: projectOfPipeline,
  summary: 'A pipeline with its tasks and what they depend on',
  ...ofName,
  answer: pipelineDetail,
  handle: ({ engine }, { params, query }) => named(engine, { ...given(query), ...params }, (ref) => engine.pipeline(ref)),
  terminal: [
    {
      args: ['pipeline'],
      examples: ['sluice pipelines show crypto_data_pipeline'],
      show: (pipeline, { now }) => pipelineText(pipeline, now),
      after: async ({ call, output }) => {
        const waiting = await call(listNotifications, { query: { state: 'queued', limit: 1 } }).catch(() => undefined)
        if (waiting?.hint != null) output.note(waiting.hint)
      },
    },
    {
      path: 'tasks list',
      summary: 'The tasks of a pipeline, in the order they may run',
      args: ['pipeline'],
      examples: ['sluice tasks list crypto_data_pipeline', 'sluice tasks list crypto_data_pipeline --json'],
      value: ({ spec }) => spec.tasks,
      show: ({ spec }) =>
        table(
          spec.tasks,
          [
            { title: 'TASK', of: ({ name }) => name },
            { title: 'KIND', of: ({ kind }) => kind },
            { title: 'AFTER', of: (task) => directlyAfter(spec.tasks)(task).join(', ') || '-' },
            { title: 'RULE', of: ({ rule }) => rule },
            { title: 'ATTEMPTS', of: ({ retry }) => String(retry.attempts), align: 'right' },
            { title: 'DESCRIPTION', of: ({ description }) => description ?? '' },
          ],
          'It has no tasks.',
        ),
    },
  ],
})

const pipelineText = ({ spec, ...pipeline }: PipelineDetail, now: number): string =>
  [
    fields([
      ['pipeline', `${pipeline.project}:${pipeline.name}`],
      ['description', pipeline.description ?? undefined],
      ['schedule', pipeline.schedule === null ? 'none: runs when triggered' : `${pipeline.schedule} (${pipeline.timeZone})`],
      ['paused', pipeline.paused ? 'yes' : 'no'],
      ['changed by', pipeline.changedBy === null ? undefined : actorText(pipeline.changedBy)],
      [
        'next',
        pipeline.nextTick === null ? undefined : `${momentIn(pipeline.timeZone, pipeline.nextTick)} (${relative(pipeline.nextTick, now)})`,
      ],
      ['last run', pipeline.lastRun === null ? undefined : `${pipeline.lastRun.state}  ${pipeline.lastRun.id}`, stateFirst],
      ['tags', pipeline.tags.join(', ')],
      ['version', pipeline.version],
    ]),
    '',
    table(
      spec.tasks,
      [
        { title: 'TASK', of: ({ name }) => name },
        { title: 'KIND', of: ({ kind }) => kind },
        { title: 'AFTER', of: (task) => directlyAfter(spec.tasks)(task).join(', ') || '-' },
        { title: 'ATTEMPTS', of: ({ retry }) => String(retry.attempts), align: 'right' },
        { title: 'FILLS', of: ({ fills }) => fills.join(', ') || '-' },
      ],
      'It has no tasks.',
    ),
  ].join('\n')
