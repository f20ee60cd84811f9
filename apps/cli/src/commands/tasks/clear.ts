import { command } from '../../cli/command.ts'
import { confirm } from '../../cli/confirm.ts'
import { runOf } from '../../cli/run-of.ts'
import { runResult, waitWithProgress } from '../../cli/wait.ts'

export const clearTask = command({
  path: 'tasks clear',
  summary: 'Run a task of a run again, and those below it; its rows are replaced, not added',
  args: { '<pipeline>': 'its name', '<task>': 'the task' },
  options: [
    { flags: '--run <id>', description: 'the run; the latest unless given' },
    { flags: '--only', description: 'leave the tasks below it as they are' },
    { flags: '--no-wait', description: 'return at once; something must run to execute it' },
    { flags: '-y, --yes', description: 'do not ask' },
  ],
  examples: ['sluice tasks clear crypto_data_pipeline silver.assets --yes', 'sluice tasks clear sales report --run 01JD... --only'],
  run: async (context, given) => {
    const { output, global } = context
    const wait = given.flag('wait')
    const client = await (wait ? context.executingClient() : context.client())
    const task = given.arg('task')
    const run = await runOf(client, { pipeline: given.arg('pipeline'), run: given.text('run'), project: global.project })
    // It changes no row count: asked where a person can answer, done where none can.
    if (output.interactive)
      await confirm(output, given.flag('yes'), `Run ${task}${given.flag('only') ? '' : ' and the tasks below it'} of run ${run} again?`)
    const answer = await client.tasks.clear({ params: { run, task }, body: { only: given.flag('only') } })
    if (!wait) {
      output.result({ run, ...answer }, () => `cleared ${answer.cleared.join(', ')} of run ${run}`)
      return 0
    }
    output.note(`cleared ${answer.cleared.join(', ')}`)
    return runResult(context, await waitWithProgress(context, client, await client.runs.show({ params: { run } })))
  },
})
