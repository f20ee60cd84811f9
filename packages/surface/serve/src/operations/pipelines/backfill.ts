import { formatInstant, given, requestErrors } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { instant, instantInput } from '../../schemas/values.ts'
import { waitForTicks } from '../runs/progress.ts'
import { named, ofName } from './of-name.ts'

export const backfillPipeline = endpoint({
  name: 'pipelines.backfill',
  method: 'post',
  path: '/pipelines/{pipeline}/backfills',
  right: 'editor',
  summary: 'Create the runs of past ticks, one for each tick from start up to end',
  ...ofName,
  body: z.object({
    start: instantInput.meta({ description: 'first tick, ISO-8601 (UTC unless it names an offset)' }),
    end: instantInput.meta({ description: 'ticks before this time' }),
    reprocess: z.boolean().optional().describe('also run ticks again that have a run'),
    dryRun: z.boolean().optional().describe('only list the ticks'),
  }),
  answer: z.object({ created: z.array(instant), existing: z.array(instant) }),
  handle: ({ engine }, { params, query, body: { start, end, ...options } }) => {
    if (start >= end) {
      throw requestErrors.invalid('the backfill ends before it begins', {
        facts: { start, end },
        next: 'Give an end after the start.',
      })
    }
    return named(engine, { ...given(query), ...params }, (ref) => engine.backfill(ref, { start, end }, given(options)))
  },
  terminal: {
    args: ['pipeline'],
    fields: ['start', 'end', 'reprocess', 'dryRun'],
    options: [{ flags: '-w, --wait', description: 'wait until all runs have ended' }],
    examples: ['sluice pipelines backfill crypto_data_pipeline --start 2026-11-01 --end 2026-11-08 --dry-run'],
    run: async (terminal, line, send) => {
      const { project, output } = terminal
      const [start, end] = [line.text('start'), line.text('end')]
      if (start === undefined || end === undefined) throw new UsageError('a backfill needs --start and --end')
      const [reprocess, dryRun] = [line.flag('reprocess'), line.flag('dryRun')]
      const wait = line.flag('wait') && !dryRun
      if (wait) await terminal.execute()
      const pipeline = line.arg('pipeline')
      const answer = await send({ params: { pipeline }, query: given({ project }), body: { start, end, reprocess, dryRun } })
      output.result(answer, () =>
        [
          `${dryRun ? 'would create' : 'created'} ${answer.created.length} run(s), ${answer.existing.length} tick(s) have one already`,
          ...answer.created.map((tick) => `  ${formatInstant(tick)}`),
        ].join('\n'),
      )
      return wait ? await waitForTicks(terminal, given({ project, pipeline }), answer.created) : 0
    },
  },
})
