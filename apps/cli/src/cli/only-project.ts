import type { Client } from '@sluice/serve/client'
import type { Context } from './context.ts'
import { UsageError } from './given.ts'

/** The project of `--project`, or the only one there is. */
export async function onlyProject({ global }: Pick<Context, 'global'>, client: Client): Promise<string> {
  if (global.project !== undefined) return global.project
  const { items } = await client.config.list()
  const projects = [...new Set(items.flatMap(({ key }) => /^([^.]+)\.(?:connections|variables|secrets)\./.exec(key)?.[1] ?? []))]
  const [only] = projects
  if (only !== undefined && projects.length === 1) return only
  throw new UsageError(projects.length === 0 ? 'name the project' : `which project: ${projects.join(', ')}?`)
}
