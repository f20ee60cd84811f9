import { given } from '@sluice/core'
import type { PipelineSummary } from '@sluice/engine'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import type { Line } from '../../endpoint/line.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { pipelineSummary } from '../../schemas/pipelines.ts'
import { budgetWarnings } from '../budgets/warnings.ts'
import { projectOfPipeline } from '../scope.ts'
import { listPipelines } from './list.ts'
import { named, ofName } from './of-name.ts'
import { showPipeline } from './show.ts'

const pipelineArg = { name: 'pipeline', description: 'the pipeline, unless --all is given', optional: true } as const

const changed = ({ project, name, paused }: PipelineSummary): string => `${project}:${name} is ${paused ? 'paused' : 'active'}`

export const changePipeline = endpoint({
  name: 'pipelines.change',
  method: 'patch',
  path: '/pipelines/{pipeline}',
  right: 'editor',
  scope: projectOfPipeline,
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
      args: [pipelineArg],
      options: [{ flags: '--all', description: 'every pipeline, of the project where one is named' }],
      examples: ['sluice pipelines pause crypto_data_pipeline', 'sluice pipelines pause --all'],
      run: async (terminal, line, send) => await change(terminal, line, true, send),
    },
    {
      path: 'pipelines unpause',
      summary: 'Let a pipeline and what waits of it begin again',
      args: [pipelineArg],
      options: [{ flags: '--all', description: 'every pipeline, of the project where one is named; also those that were paused before' }],
      examples: ['sluice pipelines unpause crypto_data_pipeline', 'sluice pipelines unpause --all --project crypto-coincap'],
      run: async (terminal, line, send) => await change(terminal, line, false, send),
    },
  ],
})

interface Change {
  readonly params: { readonly pipeline: string }
  readonly query: { readonly project?: string }
  readonly body: { readonly paused: boolean }
}

/** One pipeline, or all that are not so yet. */
async function change(
  terminal: Terminal,
  line: Line,
  paused: boolean,
  send: (input: Change) => Promise<PipelineSummary>,
): Promise<undefined> {
  const { call, output, project } = terminal
  const pipeline = line.optionalArg('pipeline')
  if (line.flag('all') === (pipeline !== undefined)) throw new UsageError('name a pipeline, or say --all')
  const query = given({ project })
  if (pipeline !== undefined) {
    if (!paused) await warn(terminal, await call(showPipeline, { params: { pipeline }, query }))
    const answer = await send({ params: { pipeline }, query, body: { paused } })
    output.result(answer, () => changed(answer))
    return
  }
  const { items } = await call(listPipelines, { query })
  const answers: PipelineSummary[] = []
  for (const each of items.filter((one) => one.paused !== paused)) {
    if (!paused) await warn(terminal, each)
    answers.push(await send({ params: { pipeline: each.name }, query: { project: each.project }, body: { paused } }))
  }
  output.result(answers, () =>
    answers.length === 0 ? `all ${items.length} are ${paused ? 'paused' : 'active'} already` : answers.map(changed).join('\n'),
  )
}

async function warn({ call, output }: Terminal, { project, name }: Pick<PipelineSummary, 'project' | 'name'>): Promise<void> {
  for (const warning of await budgetWarnings(call, project, name)) output.note(warning)
}
