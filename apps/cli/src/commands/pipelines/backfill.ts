import { formatInstant } from '@sluice/core'
import { command } from '../../cli/command.ts'
import { UsageError } from '../../cli/given.ts'
import { waitForRuns } from '../../cli/wait.ts'

export const backfillPipeline = command({
  path: 'pipelines backfill',
  summary: 'Create the runs of past ticks, one a tick from --start up to --end',
  args: { '<pipeline>': 'its name' },
  options: [
    { flags: '--start <time>', description: 'first tick, ISO-8601 (UTC unless it names an offset)' },
    { flags: '--end <time>', description: 'ticks before this time' },
    { flags: '--reprocess', description: 'run ticks again that have a run' },
    { flags: '--dry-run', description: 'only say which ticks' },
    { flags: '-w, --wait', description: 'until all runs have ended' },
  ],
  examples: ['sluice pipelines backfill sales --start 2026-11-01 --end 2026-11-08 --dry-run'],
  run: async (context, given) => {
    const [start, end] = [given.text('start'), given.text('end')]
    if (start === undefined || end === undefined) throw new UsageError('a backfill needs --start and --end')
    const wait = given.flag('wait') && !given.flag('dryRun')
    const client = await (wait ? context.executingClient() : context.client())
    const pipeline = given.arg('pipeline')
    const answer = await client.pipelines.backfill({
      params: { pipeline },
      query: { project: context.global.project },
      body: { start, end, reprocess: given.flag('reprocess'), dryRun: given.flag('dryRun') },
    })
    const text = [
      `${given.flag('dryRun') ? 'would create' : 'created'} ${answer.created.length} run(s), ${answer.existing.length} tick(s) have one already`,
      ...answer.created.map((tick) => `  ${formatInstant(tick)}`),
    ]
    context.output.result(answer, () => text.join('\n'))
    return wait ? await waitForRuns(context, client, pipeline, answer.created) : 0
  },
})
