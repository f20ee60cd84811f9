import { z } from '@hono/zod-openapi'
import { given, near, notFound, requestErrors } from '@sluice/core'
import type { Engine, PipelineRef } from '@sluice/engine'
import { endpoint } from '../endpoint.ts'
import { definitionError, pipelineDetail, pipelineSummary } from '../schemas/pipelines.ts'
import { runSummary } from '../schemas/runs.ts'
import { inProject, instant, instantInput, jsonObject, onePage, pageOf } from '../schemas/values.ts'

const tag = 'pipelines'
const params = z.object({ pipeline: z.string() })
const query = z.object(inProject)

/** An unknown name is answered with the names it may stand for. */
async function named<T>(engine: Engine, ref: PipelineRef, act: (ref: PipelineRef) => Promise<T>): Promise<T> {
  try {
    return await act(ref)
  } catch (error) {
    if (!notFound.is(error)) throw error
    const candidates = near(
      ref.pipeline,
      (await engine.pipelines()).map(({ name }) => name),
    )
    if (candidates.length === 0) throw error
    throw notFound(error.message, {
      facts: { ...error.facts, near: candidates },
      cause: error,
      next: `Did you mean ${candidates.join(' or ')}?`,
    })
  }
}

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
  handle: ({ engine }, { params, query }) => named(engine, { ...given(query), ...params }, (ref) => engine.pipeline(ref)),
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
  handle: ({ engine }, { params, query, body }) =>
    named(engine, { ...given(query), ...params }, (ref) => engine.setPaused(ref, body.paused)),
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
  handle: ({ engine }, { params, query, body }) => named(engine, { ...given(query), ...params }, (ref) => engine.trigger(ref, given(body))),
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
      throw requestErrors.invalid('the backfill ends before it begins', {
        facts: { start, end },
        next: 'Give an end after the start.',
      })
    }
    return named(engine, { ...given(query), ...params }, (ref) => engine.backfill(ref, { start, end }, given(options)))
  },
})
