import { command } from '../../cli/command.ts'
import { parseParams } from '../../cli/params.ts'
import { runResult, waitWithProgress } from '../../cli/wait.ts'

export const triggerPipeline = command({
  path: 'pipelines trigger',
  summary: 'Create a run now; with --wait, see it through',
  args: { '<pipeline>': 'its name' },
  options: [
    { flags: '-w, --wait', description: 'until the run has ended; exit code 1 unless it succeeded' },
    { flags: '-p, --param <key=value...>', description: 'a parameter of the run; numbers, true, false, null and JSON are read as such' },
    { flags: '--logical-time <time>', description: 'the time the run is for, ISO-8601; now unless given' },
  ],
  examples: [
    'sluice pipelines trigger crypto_data_pipeline --wait',
    'sluice pipelines trigger sales --param day=2026-11-20 --param full=true',
  ],
  run: async (context, given) => {
    const { output, global } = context
    const wait = given.flag('wait')
    const logicalTime = given.text('logicalTime')
    const params = parseParams(given.list('param'))
    const client = await (wait ? context.executingClient() : context.client())
    const run = await client.pipelines.trigger({
      params: { pipeline: given.arg('pipeline') },
      query: { project: global.project },
      body: { params, ...(logicalTime === undefined ? {} : { logicalTime }) },
    })
    if (wait) return runResult(context, await waitWithProgress(context, client, run))
    output.result(run, () => `run ${run.id} of ${run.project}:${run.pipeline} is ${run.state}`)
    if (global.url === undefined && (await context.platform()).running === undefined) {
      output.note('Nothing executes it yet: run "sluice start", or trigger with --wait.')
    } else output.note(`Follow it with "sluice runs show ${run.id}".`)
    return 0
  },
})
