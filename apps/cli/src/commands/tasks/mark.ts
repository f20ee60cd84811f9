import { command } from '../../cli/command.ts'
import { runOf } from '../../cli/run-of.ts'
import { state } from '../../format/words.ts'

export const markTask = command({
  path: 'tasks mark',
  summary: 'Say how a task of a run ended, without running it',
  args: { '<pipeline>': 'its name', '<task>': 'the task' },
  options: [
    { flags: '--state <state>', description: 'what it shall be', choices: ['success', 'failed', 'skipped'], default: 'success' },
    { flags: '--run <id>', description: 'the run; the latest unless given' },
  ],
  examples: ['sluice tasks mark crypto_data_pipeline wait_for_file --state skipped'],
  run: async ({ client, output, global }, given) => {
    const api = await client()
    const run = await runOf(api, { pipeline: given.arg('pipeline'), run: given.text('run'), project: global.project })
    const wanted = given.text('state') as 'success' | 'failed' | 'skipped'
    const marked = await api.tasks.mark({ params: { run, task: given.arg('task') }, body: { state: wanted } })
    output.result({ run, ...marked }, () => `${marked.task} of run ${run} is ${state(marked.state)}`)
    return 0
  },
})
