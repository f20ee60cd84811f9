import { given } from '@sluice/core'
import type { PipelineSummary } from '@sluice/engine'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { pipelineSummary } from '../../schemas/pipelines.ts'
import { budgetWarnings } from '../budgets/warnings.ts'
import { named, ofName } from './of-name.ts'
import { showPipeline } from './show.ts'

const changed = ({ project, name, paused }: PipelineSummary): string => `${project}:${name} is ${paused ? 'paused' : 'active'}`

export const changePipeline = endpoint({
  name: 'pipelines.change',
  method: 'patch',
  path: '/pipelines/{pipeline}',
  right: 'editor',
  audit: 'within',
  summary: 'Pause or unpause a pipeline',
  ...ofName,
  body: z.object({ paused: z.boolean() }),
  answer: pipelineSummary,
  handle: ({ engine }, { params, query, body, by }) =>
    named(engine, { ...given(query), ...params }, (ref) => engine.setPaused(ref, body.paused, by)),
  terminal: [
    {
      path: 'pipelines pause',
      summary: 'Let nothing of a pipeline begin, by schedule or by hand; tasks that run are left to end',
      args: ['pipeline'],
      fields: [],
      examples: ['sluice pipelines pause crypto_data_pipeline'],
      fixed: { body: { paused: true } },
      show: changed,
    },
    {
      path: 'pipelines unpause',
      summary: 'Let a pipeline and what waits of it begin again',
      args: ['pipeline'],
      fields: [],
      examples: ['sluice pipelines unpause crypto_data_pipeline'],
      fixed: { body: { paused: false } },
      before: async ({ call, output }, { params, query }) => {
        const { project, name } = await call(showPipeline, given({ params, query }))
        for (const warning of await budgetWarnings(call, project, name)) output.note(warning)
      },
      show: changed,
    },
  ],
})
