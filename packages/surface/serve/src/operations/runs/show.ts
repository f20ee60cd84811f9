import { given } from '@sluice/core'
import type { RunDetail } from '@sluice/engine'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { failuresText } from '../../format/failure.ts'
import { fields, table } from '../../format/table.ts'
import { timeline } from '../../format/timeline.ts'
import { runWaitText, waitText } from '../../format/waits.ts'
import { actorText, moment, state, stateColour, took } from '../../format/words.ts'
import { runDetail } from '../../schemas/runs.ts'
import { cursorLike } from '../../schemas/values.ts'
import { projectOfRun } from '../scope.ts'
import { ofRun } from './of-id.ts'

export const showRun = endpoint({
  name: 'runs.show',
  method: 'get',
  path: '/runs/{run}',
  right: 'viewer',
  scope: projectOfRun,
  summary: 'A run with the state of its tasks',
  params: ofRun,
  query: z.object({
    limit: z.coerce.number().int().min(1).max(5_000).default(1_000).describe('how many tasks at most'),
    cursor: cursorLike(/^\d{1,9}\.-?\d{1,9}$/).describe('the `nextTasks` of the page before'),
  }),
  answer: runDetail,
  handle: ({ engine }, { params, query }) => engine.run(params.run, given(query)),
  terminal: {
    args: ['run'],
    examples: ['sluice runs show mx26bh0rtyhe', 'sluice runs show mx26bh0rtyhe --json'],
    show: (run, { now }) => runText(run, now),
    after: ({ output }, { nextTasks }) => {
      if (nextTasks !== null) output.note('There are more tasks: raise --limit.')
    },
  },
})

function runText(run: RunDetail, now: number): string {
  const bars = timeline(run.taskRuns, now)
  return [
    fields([
      ['run', run.id],
      ['pipeline', `${run.project}:${run.pipeline}`],
      ['state', run.state, state],
      ['trigger', `${run.trigger}, by ${actorText(run.actor)}`],
      ['changed by', run.changedBy === null ? undefined : actorText(run.changedBy)],
      ['logical time', moment(run.logicalTime)],
      ['interval', `${moment(run.interval.start)} .. ${moment(run.interval.end)}`],
      [
        'params',
        Object.entries(run.params)
          .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
          .join(' '),
      ],
      ['waits', runWaitText(run)],
      ['took', took(run.startedAt, run.endedAt, now)],
      ['version', run.version],
    ]),
    '',
    table(
      run.taskRuns.map((task, at) => ({ ...task, when: bars[at] ?? '' })),
      [
        { title: 'TASK', of: ({ task }) => task },
        { title: 'STATE', of: (task) => task.state, show: state },
        { title: 'ATTEMPT', of: ({ attempt }) => String(attempt), align: 'right' },
        { title: 'TOOK', of: ({ startedAt, endedAt }) => took(startedAt, endedAt, now), align: 'right' },
        { title: 'WHEN', of: ({ when }) => when, show: (bar, task) => stateColour(task.state)(bar) },
        { title: 'REASON', of: (task) => waitText(task) ?? task.reason ?? task.error?.message ?? '' },
      ],
      'It has no tasks.',
    ),
    ...failuresText(run.taskRuns).flatMap((text) => ['', text]),
  ].join('\n')
}
