import { z } from '@hono/zod-openapi'
import { given } from '@sluice/core'
import { endpoint, streamEndpoint } from '../endpoint.ts'
import { runDetail, runState, runSummary } from '../schemas/runs.ts'
import { inProject, pageOf, paging } from '../schemas/values.ts'
import { progressOf } from '../streams/progress.ts'

const tag = 'runs'
const params = z.object({ run: z.string() })

export const listRuns = endpoint({
  method: 'get',
  path: '/runs',
  tag,
  summary: 'Runs, newest first',
  query: z.object({ ...inProject, pipeline: z.string().optional(), state: runState.optional(), ...paging }),
  answer: pageOf(runSummary),
  handle: ({ engine }, { query }) => engine.runs(given(query)),
})

export const showRun = endpoint({
  method: 'get',
  path: '/runs/{run}',
  tag,
  summary: 'A run with its task runs',
  params,
  answer: runDetail,
  handle: ({ engine }, { params }) => engine.run(params.run),
})

export const cancelRun = endpoint({
  method: 'post',
  path: '/runs/{run}/cancel',
  tag,
  summary: 'End a run: running tasks are told to stop, the others are cancelled',
  params,
  answer: runSummary,
  handle: ({ engine }, { params }) => engine.cancel(params.run),
})

export const followRun = streamEndpoint({
  method: 'get',
  path: '/runs/{run}/progress',
  tag,
  summary: 'The run as it changes, one JSON line (RunDetail) a change; ends when the run has ended',
  params,
  contentTypes: ['application/x-ndjson'],
  handle: async ({ engine }, { params, signal }) => {
    await engine.run(params.run)
    return { contentType: 'application/x-ndjson', chunks: progressOf(engine, params.run, signal) }
  },
})
