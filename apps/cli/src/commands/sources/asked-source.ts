import type { AskedSource } from '@sluice/platform'
import { type ArgSpec, type Line, UsageError } from '@sluice/serve/terminal'
import type { GlobalOptions } from '../../cli/context.ts'

/** The project may be left out where one project alone pulls a source of the name. */
export const sourceArgs: readonly ArgSpec[] = [
  { name: 'project', description: 'the project; may be left out where one alone pulls such a source', optional: true },
  { name: 'source', description: 'the source, by its name', optional: true },
]

/** One argument alone is the source. */
export function askedSource(line: Line, { project }: Pick<GlobalOptions, 'project'>): AskedSource {
  const [first, second] = [line.optionalArg('project'), line.optionalArg('source')]
  const source = second ?? first
  if (source === undefined) throw new UsageError('missing argument <source>')
  return { project: second === undefined ? project : first, source }
}
