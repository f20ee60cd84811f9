import { instantOf, parseParams, state } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { rehearsalOf } from '../../cli/rehearse.ts'

export const testTask = command({
  path: 'tasks test',
  summary: 'Run a task, after those it needs, against throwaway stores and simulators, and show its log',
  args: [
    { name: 'pipeline', description: 'the pipeline' },
    { name: 'task', description: 'the task' },
    { name: 'date', description: 'the logical time, ISO-8601; now unless given', optional: true },
  ],
  options: [{ flags: '-p, --param <key=value...>', description: 'a parameter of the run' }],
  examples: [
    'sluice tasks test crypto_data_pipeline extract_assets',
    'sluice tasks test crypto_data_pipeline generate_daily_report 2026-11-20',
  ],
  run: async (context, line) => {
    const name = line.arg('task')
    const run = await rehearsalOf(context, {
      pipeline: line.arg('pipeline'),
      until: name,
      logicalTime: instantOf(line.optionalArg('date')),
      params: parseParams(line.list('param')),
    })
    const task = run.tasks.find((each) => each.task === name)
    context.output.result(task ?? null, () => `${name}: ${state(task?.state ?? 'unknown')}`)
    return task?.state === 'success' || task?.state === 'skipped' ? 0 : 1
  },
})
