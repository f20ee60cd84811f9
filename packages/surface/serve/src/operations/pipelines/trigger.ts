import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import type { Line } from '../../endpoint/line.ts'
import { parseParams } from '../../endpoint/params.ts'
import type { OptionSpec } from '../../endpoint/spec.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { runSummary } from '../../schemas/runs.ts'
import { instantInput, jsonObject } from '../../schemas/values.ts'
import { runResult, waitWithProgress } from '../runs/progress.ts'
import { named, ofName } from './of-name.ts'

const params: OptionSpec = {
  flags: '-p, --param <key=value...>',
  description: 'a parameter of the run; numbers, true, false, null and JSON are read as such',
}

/** What a run that is made by hand is sent with. */
const made = ({ project }: Terminal, line: Line) => ({
  params: { pipeline: line.arg('pipeline') },
  query: given({ project }),
  body: given({ params: parseParams(line.list('param')), logicalTime: line.text('logicalTime') }),
})

export const triggerPipeline = endpoint({
  name: 'pipelines.trigger',
  method: 'post',
  path: '/pipelines/{pipeline}/runs',
  right: 'editor',
  summary: 'Create a run now',
  ...ofName,
  body: z.object({
    params: jsonObject.optional(),
    logicalTime: instantInput.optional().meta({ description: 'the time the run is for, ISO-8601; now unless given' }),
  }),
  status: 201,
  answer: runSummary,
  handle: ({ engine }, { params, query, body }) => named(engine, { ...given(query), ...params }, (ref) => engine.trigger(ref, given(body))),
  terminal: [
    {
      summary: 'Create a run now; with --wait, stay until it has ended',
      args: ['pipeline'],
      fields: ['logicalTime'],
      options: [{ flags: '-w, --wait', description: 'wait until the run has ended; exit code 1 unless it succeeded' }, params],
      examples: ['sluice pipelines trigger crypto_data_pipeline --wait', 'sluice pipelines trigger crypto_data_pipeline --param assets=10'],
      run: async (terminal, line, send) => {
        const { output } = terminal
        const input = made(terminal, line)
        if (line.flag('wait')) {
          await terminal.execute()
          return runResult(terminal, await waitWithProgress(terminal, await send(input)))
        }
        const run = await send(input)
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
      options: [params],
      examples: [
        'sluice pipelines run crypto_data_pipeline',
        '*/30 * * * * cd /srv/data && npx sluice pipelines run crypto_data_pipeline --json',
      ],
      run: async (terminal, line, send) => {
        await terminal.execute()
        return runResult(terminal, await waitWithProgress(terminal, await send(made(terminal, line))))
      },
    },
  ],
})
