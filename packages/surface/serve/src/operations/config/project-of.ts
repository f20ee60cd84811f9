import type { Line } from '../../endpoint/line.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { showInfo } from '../platform/info.ts'

/** The project that the line names, or `--project`, or the only one there is. */
export const projectOf = async (terminal: Pick<Terminal, 'project' | 'call'>, line: Line): Promise<string> =>
  line.optionalArg('project') ?? (await onlyProject(terminal))

/** Of `--project`, or the only one there is. */
export async function onlyProject(terminal: Pick<Terminal, 'project' | 'call'>): Promise<string> {
  if (terminal.project !== undefined) return terminal.project
  const { projects } = await terminal.call(showInfo)
  const [only] = projects
  if (only !== undefined && projects.length === 1) return only
  throw new UsageError(projects.length === 0 ? 'name the project' : `which project: ${projects.join(', ')}?`)
}
