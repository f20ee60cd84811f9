import { z } from '@hono/zod-openapi'
import { SluiceError } from '@sluice/core'
import { endpoint } from '../endpoint.ts'
import { definitionError, pipelineDetail, pipelineSummary } from '../schemas/pipelines.ts'
import { runSummary } from '../schemas/runs.ts'
import { given, inProject, instant, instantInput, jsonObject, onePage, pageOf } from '../schemas/values.ts'

const tag = 'pipelines'
const params = z.object({ pipeline: z.string() })
const query = z.object(inProject)

export const listPipelines = endpoint({
  method: 'get',
  path: '/pipelines',
  tag,
  summary: 'All pipelines with their latest run',
  query,
  answer: pageOf(pipelineSummary),
  handle: async ({ engine }, { query: { project } }) =>
    onePage((await engine.pipelines()).filter((each) => project === undefined || each.project === project)),
})

export const listDefinitionErrors = endpoint({
  method: 'get',
  path: '/definition-errors',
  tag,
  summary: 'Pipeline files that could not be loaded',
  query,
  answer: pageOf(definitionError),
  handle: async ({ engine }, { query: { project } }) =>
    onePage((await engine.definitionErrors()).filter((each) => project === undefined || each.project === project)),
})

export const showPipeline = endpoint({
  method: 'get',
  path: '/pipelines/{pipeline}',
  tag,
  summary: 'A pipeline with its tasks',
  params,
  query,
  answer: pipelineDetail,
  handle: ({ engine }, { params, query }) => engine.pipeline({ ...given(query), ...params }),
})

export const changePipeline = endpoint({
  method: 'patch',
  path: '/pipelines/{pipeline}',
  tag,
  summary: 'Pause or unpause a pipeline',
  params,
  query,
  body: z.object({ paused: z.boolean() }),
  answer: pipelineSummary,
  handle: ({ engine }, { params, query, body }) => engine.setPaused({ ...given(query), ...params }, body.paused),
})

export const triggerPipeline = endpoint({
  method: 'post',
  path: '/pipelines/{pipeline}/runs',
  tag,
  summary: 'Create a manual run now',
  params,
  query,
  body: z.object({ params: jsonObject.optional(), logicalTime: instantInput.optional() }),
  status: 201,
  answer: runSummary,
  handle: ({ engine }, { params, query, body }) => engine.trigger({ ...given(query), ...params }, given(body)),
})

export const backfillPipeline = endpoint({
  method: 'post',
  path: '/pipelines/{pipeline}/backfills',
  tag,
  summary: 'Create the runs of past ticks, one a tick in [start, end)',
  params,
  query,
  body: z.object({ start: instantInput, end: instantInput, reprocess: z.boolean().optional(), dryRun: z.boolean().optional() }),
  answer: z.object({ created: z.array(instant), existing: z.array(instant) }),
  handle: ({ engine }, { params, query, body: { start, end, ...options } }) => {
    if (start >= end) {
      throw new SluiceError('request.invalid', 'the backfill ends before it begins', {
        facts: { start, end },
        next: 'Give an end after the start.',
      })
    }
    return engine.backfill({ ...given(query), ...params }, { start, end }, given(options))
  },
})
