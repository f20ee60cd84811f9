import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { runResult, waitWithProgress } from '../runs/progress.ts'
import { showRun } from '../runs/show.ts'
import { projectOfRun } from '../scope.ts'
import { ofTask } from './of-run.ts'
import { pipelineArg, runOf, runOption } from './run-of.ts'

export const clearTask = endpoint({
  name: 'tasks.clear',
  method: 'post',
  path: '/runs/{run}/tasks/{task}/clear',
  right: 'editor',
  scope: projectOfRun,
  audit: 'within',
  summary:
    'Run a task of a run again, and those below it; its rows are replaced, not added. A run that has ended goes on with the newest version of the code',
  params: ofTask,
  body: z.object({
    only: z.boolean().default(false).describe('leave the tasks below it as they are'),
    refetch: z
      .boolean()
      .default(false)
      .describe('ask the sources again for what these tasks land; the newer answer is read, the older one kept'),
  }),
  answer: z.object({ cleared: z.array(z.string()) }),
  handle: ({ engine }, { params, body, by }) => engine.clear({ ...params, ...body }, by),
  terminal: {
    args: [pipelineArg, 'task'],
    fields: ['only', 'refetch'],
    options: [
      runOption,
      { flags: '--no-wait', description: 'return at once; a "sluice start" that runs executes it' },
      { flags: '-y, --yes', description: 'do not ask' },
    ],
    examples: [
      'sluice tasks clear crypto_data_pipeline extract_assets --yes',
      'sluice tasks clear crypto_data_pipeline extract_assets --refetch --yes',
      'sluice tasks clear crypto_data_pipeline generate_daily_report --run mx26bh0rtyhe --only',
    ],
    run: async (terminal, line, send) => {
      const { output, call } = terminal
      const [wait, only, refetch] = [line.flag('wait'), line.flag('only'), line.flag('refetch')]
      if (wait) await terminal.execute()
      const task = line.arg('task')
      const run = await runOf(terminal, line)
      // It changes no row count: asked where a person can answer, done where none can.
      if (output.interactive)
        await terminal.confirm(
          `Run ${task}${only ? '' : ' and the tasks below it'} of run ${run} again${refetch ? ', asking their sources anew' : ''}?`,
          line.flag('yes'),
        )
      const answer = await send({ params: { run, task }, body: { only, refetch } })
      if (!wait) {
        output.result({ run, ...answer }, () => `cleared ${answer.cleared.join(', ')} of run ${run}`)
        return 0
      }
      output.note(`cleared ${answer.cleared.join(', ')}`)
      return runResult(terminal, await waitWithProgress(terminal, await call(showRun, { params: { run } })))
    },
  },
})
