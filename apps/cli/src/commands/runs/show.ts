import { command } from '../../cli/command.ts'
import { failureText } from '../../format/failure.ts'
import { fields, table } from '../../format/table.ts'
import { moment, state, took } from '../../format/words.ts'

export const showRun = command({
  path: 'runs show',
  summary: 'A run with the state of its tasks',
  args: { '<run>': 'its id' },
  examples: ['sluice runs show 01JD...', 'sluice runs show 01JD... --json'],
  run: async ({ client, output }, given) => {
    const run = await (await client()).runs.show({ params: { run: given.arg('run') } })
    const now = Date.now()
    const params = Object.entries(run.params).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    output.result(run, () =>
      [
        fields([
          ['run', run.id],
          ['pipeline', `${run.project}:${run.pipeline}`],
          ['state', state(run.state)],
          ['trigger', run.trigger],
          ['logical time', moment(run.logicalTime)],
          ['interval', `${moment(run.interval.start)} .. ${moment(run.interval.end)}`],
          ['params', params.join(' ')],
          ['took', took(run.startedAt, run.endedAt, now)],
          ['version', run.version],
        ]),
        '',
        table(
          run.taskRuns,
          [
            { title: 'TASK', of: ({ task }) => task },
            { title: 'STATE', of: (task) => state(task.state) },
            { title: 'ATTEMPT', of: ({ attempt }) => String(attempt), align: 'right' },
            { title: 'TOOK', of: ({ startedAt, endedAt }) => took(startedAt, endedAt, now), align: 'right' },
            { title: 'REASON', of: ({ reason, error }) => reason ?? error?.message ?? '' },
          ],
          'It has no tasks.',
        ),
        ...run.taskRuns.flatMap(({ task, error }) => (error === null ? [] : ['', `${task}:`, failureText({ ...error, stack: undefined })])),
      ].join('\n'),
    )
    return 0
  },
})
