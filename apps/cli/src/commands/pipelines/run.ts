import { command } from '../../cli/command.ts'
import { parseParams } from '../../cli/params.ts'
import { runResult, waitWithProgress } from '../../cli/wait.ts'

export const runPipeline = command({
  path: 'pipelines run',
  summary: 'Run a pipeline once to its end, without a scheduler: for cron and scripts',
  args: { '<pipeline>': 'its name' },
  options: [
    { flags: '-p, --param <key=value...>', description: 'a parameter of the run' },
    { flags: '--logical-time <time>', description: 'the time the run is for, ISO-8601; now unless given' },
  ],
  examples: [
    'sluice pipelines run crypto_data_pipeline',
    '*/30 * * * * cd /srv/data && npx sluice pipelines run crypto_data_pipeline --json',
  ],
  run: async (context, given) => {
    const logicalTime = given.text('logicalTime')
    const client = await context.executingClient()
    const run = await client.pipelines.trigger({
      params: { pipeline: given.arg('pipeline') },
      query: { project: context.global.project },
      body: { params: parseParams(given.list('param')), ...(logicalTime === undefined ? {} : { logicalTime }) },
    })
    return runResult(context, await waitWithProgress(context, client, run))
  },
})
