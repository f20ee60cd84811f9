import { firstOf, given } from '@sluice/core'
import { z } from 'zod'
import type { ArgOf } from '../../endpoint/command.ts'
import type { Line } from '../../endpoint/line.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { inProject } from '../../schemas/values.ts'
import type { DeclaredSource, ServerServices } from '../../services.ts'
import { listSources } from './list.ts'

export const ofSource = {
  params: z.object({ source: z.string().describe('the source, by its name') }),
  query: z.object(inProject),
}

interface Asked {
  readonly params: { readonly source: string }
  readonly query: { readonly project?: string | undefined }
}

export const sourceOf = async ({ sources }: Pick<ServerServices, 'sources'>, { params, query }: Asked): Promise<DeclaredSource> =>
  await sources.find({ ...params, ...given(query) })

export const projectOfSource = async (services: Pick<ServerServices, 'sources'>, asked: Asked): Promise<string> =>
  (await sourceOf(services, asked)).project

/** The project may be left out where one project alone pulls a source of the name. */
export const sourceArgs: readonly ArgOf<'project' | 'source'>[] = [
  { field: 'project', description: 'the project; may be left out where one alone pulls such a source', optional: true },
  { field: 'source', optional: true },
]

/** One argument alone is the source. @throws `UsageError` that names the sources there are, where none is asked for */
export async function askedSource(terminal: Pick<Terminal, 'project' | 'call'>, line: Line) {
  const [first, second] = [line.optionalArg('project'), line.optionalArg('source')]
  const source = second ?? first
  if (source === undefined) throw new UsageError(`missing argument <source>: ${await thoseThereAre(terminal)}`)
  return { params: { source }, query: given({ project: second === undefined ? terminal.project : first }) }
}

async function thoseThereAre({ project, call }: Pick<Terminal, 'project' | 'call'>): Promise<string> {
  const { items } = await call(listSources, { query: given({ project }) })
  const names = [...new Set(items.map((each) => `${each.project} ${each.source}`))]
  if (names.length === 0) return 'no step pulls a source'
  return `there are ${firstOf(names, mostNamed)}${names.length > mostNamed ? ' (sluice sources list)' : ''}`
}

const mostNamed = 10
