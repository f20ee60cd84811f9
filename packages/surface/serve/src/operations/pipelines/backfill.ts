import { given, requestErrors } from '@sluice/core'
import type { Engine } from '@sluice/engine'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { counted, moment } from '../../format/words.ts'
import { instant, instantInput, whole } from '../../schemas/values.ts'
import { waitForBackfill } from '../backfills/progress.ts'
import { tellOthers } from '../runs/others.ts'
import { projectOfPipeline } from '../scope.ts'
import { named, ofName } from './of-name.ts'

/** The ticks of a backfill that was made: a hundred lines would hide what comes before them. */
function fromTo(ticks: readonly number[]): readonly string[] {
  const [first, last] = [ticks[0], ticks.at(-1)]
  if (first === undefined || last === undefined) return []
  return [first === last ? `  ${moment(first)}` : `  from ${moment(first)} to ${moment(last)}`]
}

export const backfillPipeline = endpoint({
  name: 'pipelines.backfill',
  method: 'post',
  path: '/pipelines/{pipeline}/backfills',
  right: 'editor',
  scope: projectOfPipeline,
  audit: 'within',
  summary: 'Create the runs of past ticks, one for each tick from start up to end',
  ...ofName,
  body: z.object({
    start: instantInput.meta({ description: 'first tick, ISO-8601 (UTC unless it names an offset)' }),
    end: instantInput.meta({ description: 'ticks before this time' }),
    reprocess: z.boolean().optional().describe('also run ticks again that have a run'),
    dryRun: z.boolean().optional().describe('only list the ticks'),
    maxActiveRuns: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('how many of its runs at once, below what the pipeline allows'),
  }),
  answer: z.object({
    id: whole.nullable().meta({ description: 'Of the backfill; null where there was nothing to do.' }),
    created: z.array(instant),
    existing: z.array(instant),
  }) as z.ZodType<Awaited<ReturnType<Engine['backfill']>>>,
  handle: ({ engine }, { params, query, body: { start, end, ...options }, by }) => {
    if (start >= end) {
      throw requestErrors.invalid('the backfill ends before it begins', {
        facts: { start, end },
        next: 'Give an end after the start.',
      })
    }
    return named(engine, { ...given(query), ...params }, (ref) => engine.backfill(ref, { start, end }, given(options), by))
  },
  terminal: {
    args: ['pipeline'],
    fields: ['start', 'end', 'reprocess', 'dryRun', 'maxActiveRuns'],
    options: [{ flags: '-w, --wait', description: 'wait until all runs have ended' }],
    examples: ['sluice pipelines backfill crypto_data_pipeline --start 2026-11-01 --end 2026-11-08 --dry-run'],
    run: async (terminal, line, send) => {
      const { project, output } = terminal
      const [start, end] = [line.text('start'), line.text('end')]
      if (start === undefined || end === undefined) throw new UsageError('a backfill needs --start and --end')
      const [reprocess, dryRun] = [line.flag('reprocess'), line.flag('dryRun')]
      const wait = line.flag('wait') && !dryRun
      if (wait) {
        await tellOthers(terminal)
        await terminal.execute()
      }
      const pipeline = line.arg('pipeline')
      const body = given({ start, end, reprocess, dryRun, maxActiveRuns: line.number('maxActiveRuns') })
      const answer = await send({ params: { pipeline }, query: given({ project }), body })
      output.result(answer, () =>
        [
          ...(answer.id === null ? [] : [`backfill ${answer.id} of ${pipeline}`]),
          `${dryRun ? 'would create' : 'created'} ${counted(answer.created.length, 'run')}, ${counted(answer.existing.length, 'tick has', 'ticks have')} one already`,
          ...(dryRun ? answer.created.map((tick) => `  ${moment(tick)}`) : fromTo(answer.created)),
        ].join('\n'),
      )
      if (answer.id === null) return 0
      if (wait) return await waitForBackfill(terminal, answer.id)
      output.note(`See how far it is: sluice backfills show ${answer.id}`)
      return 0
    },
  },
})
