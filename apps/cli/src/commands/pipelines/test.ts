import { instantOf, parseParams, state } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { rehearsalOf } from '../../cli/rehearse.ts'

export const testPipeline = command({
  path: 'pipelines test',
  summary: 'Run a pipeline against throwaway stores and simulators, without metadata database; nothing of it stays',
  args: [
    { name: 'pipeline', description: 'the pipeline' },
    { name: 'date', description: 'the logical time, ISO-8601; now unless given', optional: true },
  ],
  options: [{ flags: '-p, --param <key=value...>', description: 'a parameter of the run' }],
  examples: ['sluice pipelines test crypto_data_pipeline', 'sluice pipelines test crypto_data_pipeline 2026-11-20'],
  run: async (context, line) => {
    const run = await rehearsalOf(context, {
      pipeline: line.arg('pipeline'),
      logicalTime: instantOf(line.optionalArg('date')),
      params: parseParams(line.list('param')),
    })
    context.output.result(run, () => `${line.arg('pipeline')}: ${state(run.state)}`)
    return run.state === 'success' ? 0 : 1
  },
})
