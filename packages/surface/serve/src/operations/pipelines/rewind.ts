import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { moment } from '../../format/words.ts'
import { pipelineSummary } from '../../schemas/pipelines.ts'
import { instantInput } from '../../schemas/values.ts'
import { projectOfPipeline } from '../scope.ts'
import { named, ofName } from './of-name.ts'

export const rewindPipeline = endpoint({
  name: 'pipelines.rewind',
  method: 'post',
  path: '/pipelines/{pipeline}/rewind',
  right: 'editor',
  scope: projectOfPipeline,
  audit: 'within',
  summary: 'Decide the ticks of a pipeline from now on, or from a time on: for after a clock was wrong',
  ...ofName,
  body: z.object({
    to: instantInput.optional().meta({ description: 'ticks after this time are to be decided, ISO-8601; now unless given' }),
  }),
  answer: pipelineSummary,
  handle: ({ engine }, { params, query, body, by }) =>
    named(engine, { ...given(query), ...params }, (ref) => engine.rewind(ref, body.to ?? Date.now(), by)),
  terminal: {
    args: ['pipeline'],
    fields: ['to'],
    examples: ['sluice pipelines rewind crypto_data_pipeline'],
    show: ({ project, name, nextTick }) =>
      `${project}:${name}: the next tick is ${nextTick === null ? 'not decided: the pipeline is paused' : moment(nextTick)}`,
  },
})
