import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { state } from '../../format/words.ts'
import { taskRun } from '../../schemas/runs.ts'
import { projectOfRun } from '../scope.ts'
import { ofTask } from './of-run.ts'
import { pipelineArg, runOf, runOption } from './run-of.ts'

export const markTask = endpoint({
  name: 'tasks.mark',
  method: 'post',
  path: '/runs/{run}/tasks/{task}/mark',
  right: 'editor',
  scope: projectOfRun,
  audit: 'within',
  summary: 'Set the state of a task in a run without running it',
  params: ofTask,
  body: z.object({ state: z.enum(['success', 'failed', 'skipped']).describe('the state to set') }),
  answer: taskRun,
  handle: ({ engine }, { params, body, by }) => engine.mark({ ...params, ...body }, by),
  terminal: {
    args: [pipelineArg, 'task'],
    fields: ['state'],
    change: { state: { default: 'success' } },
    options: [runOption],
    examples: ['sluice tasks mark crypto_data_pipeline generate_daily_report --state skipped'],
    input: async (terminal, line) => ({ params: { run: await runOf(terminal, line) } }),
    value: (task, { input }) => ({ run: input.params.run, ...task }),
    show: (task, { input }) => `${task.task} of run ${input.params.run} is ${state(task.state)}`,
  },
})
