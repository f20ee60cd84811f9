import { command } from '../../cli/command.ts'
import { instantOf } from '../../cli/given.ts'
import { parseParams } from '../../cli/params.ts'
import { rehearsalOf } from '../../cli/rehearse.ts'
import { refuseRemote } from '../../cli/wait.ts'
import { state } from '../../format/words.ts'

export const testPipeline = command({
  path: 'pipelines test',
  summary: 'Run a pipeline against throwaway stores and simulators, without metadata database; nothing of it stays',
  args: { '<pipeline>': 'its name', '[date]': 'the logical time, ISO-8601; now unless given' },
  options: [{ flags: '-p, --param <key=value...>', description: 'a parameter of the run' }],
  examples: ['sluice pipelines test crypto_data_pipeline', 'sluice pipelines test crypto_data_pipeline 2026-11-20'],
  run: async (context, given) => {
    refuseRemote(context)
    const run = await rehearsalOf(context, {
      pipeline: given.arg('pipeline'),
      logicalTime: instantOf(given.optionalArg('date')),
      params: parseParams(given.list('param')),
    })
    context.output.result(run, () => `${given.arg('pipeline')}: ${state(run.state)}`)
    return run.state === 'success' ? 0 : 1
  },
})
