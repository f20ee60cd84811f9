import { command } from '../../cli/command.ts'
import { parseParams } from '../../cli/params.ts'
import { refuseRemote, runResult, waitWithProgress } from '../../cli/wait.ts'

export const testPipeline = command({
  path: 'pipelines test',
  summary: 'Run a pipeline against throwaway stores and simulators; nothing of it stays',
  args: { '<pipeline>': 'its name', '[date]': 'the logical time, ISO-8601; now unless given' },
  options: [{ flags: '-p, --param <key=value...>', description: 'a parameter of the run' }],
  examples: ['sluice pipelines test crypto_data_pipeline', 'sluice pipelines test crypto_data_pipeline 2026-11-20'],
  run: async (context, given) => {
    refuseRemote(context)
    const { openSandbox } = await import('../../platform/sandbox.ts')
    const sandbox = await openSandbox(context.root, context.output.note)
    context.atEnd(sandbox.close)
    await sandbox.ensureExecution()
    const logicalTime = given.optionalArg('date')
    const run = await sandbox.client.pipelines.trigger({
      params: { pipeline: given.arg('pipeline') },
      query: { project: context.global.project },
      body: { params: parseParams(given.list('param')), ...(logicalTime === undefined ? {} : { logicalTime }) },
    })
    return runResult(context, await waitWithProgress(context, sandbox.client, run))
  },
})
