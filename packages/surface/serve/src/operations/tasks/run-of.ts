import { given, notFound } from '@sluice/core'
import type { Line } from '../../endpoint/line.ts'
import type { ArgSpec, OptionSpec } from '../../endpoint/spec.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { showPipeline } from '../pipelines/show.ts'
import { listRuns } from '../runs/list.ts'

/** The terminal names a pipeline, since people know its name, and takes its latest run where no other is given. */
export const pipelineArg: ArgSpec = { name: 'pipeline', description: 'the pipeline' }
export const runOption: OptionSpec = { flags: '--run <id>', description: 'the run; the latest unless given' }

/** The run that was named, or the pipeline's latest. @throws `not_found` when it has none. */
export async function runOf({ call, ...terminal }: Pick<Terminal, 'call' | 'project'>, line: Line): Promise<string> {
  const run = line.text('run')
  if (run !== undefined) return run
  // Tells a wrong name from a pipeline without runs.
  const { project, name } = await call(showPipeline, {
    params: { pipeline: line.arg('pipeline') },
    query: given({ project: terminal.project }),
  })
  const { items } = await call(listRuns, { query: { project, pipeline: name, limit: 1 } })
  const [latest] = items
  if (latest !== undefined) return latest.id
  throw notFound(`${project}:${name} has not run yet`, {
    facts: { project, pipeline: name },
    next: `Run it: sluice pipelines trigger ${name} --wait`,
  })
}
