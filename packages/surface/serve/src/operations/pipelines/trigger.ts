import { given, requestErrors } from '@sluice/core'
import type { PipelineSummary, RunSummary } from '@sluice/engine'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import type { Line } from '../../endpoint/line.ts'
import { parseParams } from '../../endpoint/params.ts'
import type { OptionSpec } from '../../endpoint/spec.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { moment } from '../../format/words.ts'
import { runSummary } from '../../schemas/runs.ts'
import { instantInput, jsonObject } from '../../schemas/values.ts'
import { tellOthers } from '../runs/others.ts'
import { runResult, waitWithProgress } from '../runs/progress.ts'
import { projectOfPipeline } from '../scope.ts'
import { named, ofName } from './of-name.ts'
import { showPipeline } from './show.ts'

const params: OptionSpec = {
  flags: '-p, --param <key=value...>',
  description: 'a parameter of the run; numbers, true, false, null and JSON are read as such',
}

const only: OptionSpec = {
  flags: '--only <task...>',
  description: 'run these tasks alone, with those whose output they take; what the others write is read as it stands',
}

/** Which time a run made by hand covers, and what else covers it. Without a schedule it covers none. */
export function coverage({ interval }: Pick<RunSummary, 'interval'>, schedule: string | null): string | undefined {
  if (schedule === null) return undefined
  return (
    `It covers ${moment(interval.start)} up to ${moment(interval.end)}, which the scheduled run of that time covers, too: ` +
    'what each of them appends is there twice.'
  )
}

const tell = ({ output }: Terminal, run: RunSummary, { schedule, paused, name }: PipelineSummary): void => {
  const covers = coverage(run, schedule)
  if (covers !== undefined) output.note(covers)
  if (paused) output.note(`The pipeline is paused: the run begins after "sluice pipelines unpause ${name}".`)
}

/** What a run that is made by hand is sent with. */
const made = ({ project }: Terminal, line: Line) => ({
  params: { pipeline: line.arg('pipeline') },
  query: given({ project }),
  body: given({
    params: parseParams(line.list('param')),
    logicalTime: line.text('logicalTime'),
    only: line.list('only').length === 0 ? undefined : [...line.list('only')],
  }),
})

export const triggerPipeline = endpoint({
  name: 'pipelines.trigger',
  method: 'post',
  path: '/pipelines/{pipeline}/runs',
  right: 'editor',
  scope: projectOfPipeline,
  audit: 'within',
  summary: 'Create a run now',
  ...ofName,
  body: z.object({
    params: jsonObject.optional(),
    only: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('these tasks alone, with those whose output they take; the others end as if they had succeeded'),
    logicalTime: instantInput.optional().meta({ description: 'the time the run is for, ISO-8601; now unless given' }),
  }),
  status: 201,
  answer: runSummary,
  handle: ({ engine }, { params, query, body, by }) =>
    named(engine, { ...given(query), ...params }, (ref) => engine.trigger(ref, given(body), by)),
  terminal: [
    {
      summary: 'Create a run now; with --wait, stay until it has ended',
      args: ['pipeline'],
      fields: ['logicalTime'],
      options: [{ flags: '-w, --wait', description: 'wait until the run has ended; exit code 1 unless it succeeded' }, params, only],
      examples: ['sluice pipelines trigger crypto_data_pipeline --wait', 'sluice pipelines trigger crypto_data_pipeline --param assets=10'],
      run: async (terminal, line, send) => {
        const { output } = terminal
        const input = made(terminal, line)
        const pipeline = await terminal.call(showPipeline, given({ params: input.params, query: input.query }))
        if (line.flag('wait')) {
          await tellOthers(terminal)
          await terminal.execute()
          const run = await send(input)
          tell(terminal, run, pipeline)
          return runResult(terminal, await waitWithProgress(terminal, run))
        }
        const run = await send(input)
        tell(terminal, run, pipeline)
        output.result(run, () => `run ${run.id} of ${run.project}:${run.pipeline} is ${run.state}`)
        output.note(
          (await terminal.executes())
            ? `Follow it with "sluice runs show ${run.id}".`
            : 'Nothing executes it yet: run "sluice start", or trigger with --wait.',
        )
        return 0
      },
    },
    {
      path: 'pipelines run',
      summary: 'Run a pipeline once to its end, without a scheduler: for cron and scripts',
      args: ['pipeline'],
      fields: ['logicalTime'],
      options: [params, only],
      examples: [
        'sluice pipelines run crypto_data_pipeline',
        'sluice pipelines run crypto_data_pipeline --only silver.assets',
        '*/30 * * * * cd /srv/data && npx sluice pipelines run crypto_data_pipeline --json',
      ],
      run: async (terminal, line, send) => {
        const input = made(terminal, line)
        const pipeline = await terminal.call(showPipeline, given({ params: input.params, query: input.query }))
        if (pipeline.paused) throw paused(pipeline)
        await tellOthers(terminal)
        await terminal.execute()
        const run = await send(input)
        tell(terminal, run, pipeline)
        return runResult(terminal, await waitWithProgress(terminal, run))
      },
    },
  ],
})

const paused = ({ project, name }: PipelineSummary) =>
  requestErrors.invalid(`pipeline ${project}:${name} is paused, so its run would wait`, {
    facts: { project, pipeline: name },
    next: `Let it go on first: sluice pipelines unpause ${name}.`,
  })
