import { instantOf, parseParams, state, UsageError } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { firstRowsText, liveTask } from '../../cli/live-task.ts'
import { rehearsalOf } from '../../cli/rehearse.ts'

export const testTask = command({
  path: 'tasks test',
  summary:
    'Run a task and show its log: after those it needs on throwaway stores and simulators, or alone on the live data, which is only read',
  args: [
    { name: 'pipeline', description: 'the pipeline' },
    { name: 'task', description: 'the task' },
    { name: 'date', description: 'the logical time, ISO-8601; now unless given. Not with --live', optional: true },
  ],
  options: [
    { flags: '-p, --param <key=value...>', description: 'a parameter of the run' },
    { flags: '--live', description: 'only this task, on the live data as of a run: it reads them, and nothing that it writes stays' },
    {
      flags: '--run <id>',
      description: 'with --live: the run whose time, params and batches it is given; the newest that succeeded unless given',
    },
  ],
  examples: [
    'sluice tasks test crypto_data_pipeline extract_assets',
    'sluice tasks test crypto_data_pipeline generate_daily_report 2026-11-20',
    'sluice tasks test crypto_data_pipeline silver.assets --live',
    'sluice tasks test crypto_data_pipeline generate_daily_report --live --run mx26bh0rtyhe',
  ],
  run: async (context, line) => {
    const [pipeline, name, date, run] = [line.arg('pipeline'), line.arg('task'), line.optionalArg('date'), line.text('run')]
    const params = parseParams(line.list('param'))
    if (line.flag('live')) {
      if (date !== undefined) throw new UsageError('with --live a run gives the logical time: name one with --run, and leave out the date')
      const task = await liveTask(context, { pipeline, task: name, run, params })
      context.output.result(task, () => [`${name}: ${state(task.state)}`, ...firstRowsText(task)].join('\n'))
      return codeOf(task)
    }
    if (run !== undefined) throw new UsageError('--run goes with --live: on throwaway stores there are no runs')
    const { tasks } = await rehearsalOf(context, { pipeline, until: name, logicalTime: instantOf(date), params })
    const task = tasks.find((each) => each.task === name)
    context.output.result(task ?? null, () => `${name}: ${state(task?.state ?? 'unknown')}`)
    return codeOf(task)
  },
})

const codeOf = (task: { readonly state: string } | undefined): number => (task?.state === 'success' || task?.state === 'skipped' ? 0 : 1)
