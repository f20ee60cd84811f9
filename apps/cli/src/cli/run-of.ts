import { notFound } from '@sluice/core'
import type { Client } from '@sluice/serve/client'

/** The run that was named, or the pipeline's latest. @throws `not_found` when it has none. */
export async function runOf(
  client: Client,
  target: { readonly pipeline: string; readonly run: string | undefined; readonly project: string | undefined },
): Promise<string> {
  if (target.run !== undefined) return target.run
  // Tells a wrong name from a pipeline without runs.
  const { project, name } = await client.pipelines.show({ params: { pipeline: target.pipeline }, query: { project: target.project } })
  const { items } = await client.runs.list({ query: { project, pipeline: name, limit: 1 } })
  const [latest] = items
  if (latest !== undefined) return latest.id
  throw notFound(`${project}:${name} has not run yet`, {
    facts: { project, pipeline: name },
    next: `Run it: sluice pipelines trigger ${name} --wait`,
  })
}
