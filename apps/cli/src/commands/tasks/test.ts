import { command } from '../../cli/command.ts'
import { instantOf } from '../../cli/given.ts'
import { parseParams } from '../../cli/params.ts'
import { rehearsalOf } from '../../cli/rehearse.ts'
import { refuseRemote } from '../../cli/wait.ts'
import { state } from '../../format/words.ts'

export const testTask = command({
  path: 'tasks test',
  summary: 'Run a task, after those it needs, against throwaway stores and simulators, and show its log',
  args: { '<pipeline>': 'its name', '<task>': 'the task', '[date]': 'the logical time, ISO-8601; now unless given' },
  options: [{ flags: '-p, --param <key=value...>', description: 'a parameter of the run' }],
  examples: ['sluice tasks test crypto_data_pipeline extract_assets', 'sluice tasks test crypto_data_pipeline silver.assets 2026-11-20'],
  run: async (context, given) => {
    refuseRemote(context)
    const name = given.arg('task')
    const run = await rehearsalOf(context, {
      pipeline: given.arg('pipeline'),
      until: name,
      logicalTime: instantOf(given.optionalArg('date')),
      params: parseParams(given.list('param')),
    })
    const task = run.tasks.find((each) => each.task === name)
    context.output.result(task ?? null, () => `${name}: ${state(task?.state ?? 'unknown')}`)
    return task?.state === 'success' || task?.state === 'skipped' ? 0 : 1
  },
})
