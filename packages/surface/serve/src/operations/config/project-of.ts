import type { Line } from '../../endpoint/line.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { listSettings } from './list.ts'

/** The project that the line names, or `--project`, or the only one there is. */
export async function projectOf(terminal: Pick<Terminal, 'project' | 'call'>, line: Line): Promise<string> {
  const named = line.optionalArg('project') ?? terminal.project
  if (named !== undefined) return named
  const { items } = await terminal.call(listSettings)
  const projects = [...new Set(items.flatMap(({ key }) => /^([^.]+)\.(?:connections|variables|secrets)\./.exec(key)?.[1] ?? []))]
  const [only] = projects
  if (only !== undefined && projects.length === 1) return only
  throw new UsageError(projects.length === 0 ? 'name the project' : `which project: ${projects.join(', ')}?`)
}
