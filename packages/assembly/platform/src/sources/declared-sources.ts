import type { Pull } from '@sluice/author'
import { bugErrors, given, near, notFound, requestErrors } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import type { DeclaredSource, PulledSource } from '@sluice/serve'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { type HeldSource, heldFiles, heldRows } from './held-source.ts'
import { takesAll } from './present-rows.ts'

type Declared = Pick<ProjectDefinitions, 'name' | 'pulls' | 'datasets'>

/** Sources that steps of pipelines pull, in the order of their names. */
export function declaredSources(definitions: readonly Declared[]): readonly DeclaredSource[] {
  const found = definitions.flatMap(({ name: project, pulls, datasets }) =>
    pulls.map(
      ({ pipeline, name: step, from, into }): DeclaredSource => ({
        project,
        source: from.name,
        kind: from.kind,
        whole: takesAll(from),
        keep: datasets.find(({ id }) => id === into)?.facts.keep ?? null,
        pipeline,
        step,
        dataset: `${project}:${into}`,
      }),
    ),
  )
  return found.toSorted((a, b) => (`${a.project} ${a.source} ${a.pipeline}` < `${b.project} ${b.source} ${b.pipeline}` ? -1 : 1))
}

/** A pull as its step has it. */
export type PullOfSource = Pick<Pull, 'name' | 'from' | 'into' | 'columns'>

export function pullOf(definitions: readonly Declared[], { project, pipeline, step }: DeclaredSource): PullOfSource {
  const of = definitions.find(({ name }) => name === project)
  const found = of?.pulls.find((each) => each.pipeline === pipeline && each.name === step)
  const into = of?.datasets.find(({ id }) => id === found?.into)
  if (found === undefined || into === undefined)
    throw bugErrors.unreachable(`${step} of ${pipeline} was declared, and is not there`, { next: 'Please report this.' })
  return { name: found.name, from: found.from, columns: found.columns, into }
}

/** The source of a name: of the project that is named, or of the only one that pulls such a source. */
export interface AskedSource {
  readonly project?: string
  readonly source: string
}

/** @throws `not_found` naming those that there are, `request.invalid` where several projects have one of that name */
export function sourceNamed(definitions: readonly Declared[], { project, source }: AskedSource): DeclaredSource {
  const sources = sourcesOf(definitions, project)
  const found = sources.filter((each) => each.source === source)
  const [first] = found
  const projects = [...new Set(found.map((each) => each.project))]
  if (first !== undefined && projects.length === 1) return first
  if (first !== undefined) {
    throw requestErrors.invalid(`the projects ${projects.join(' and ')} pull a source ${source}`, {
      facts: { source, projects },
      next: `Name the project before it: ${first.project} ${source}.`,
    })
  }
  throw notFound(`no step${project === undefined ? '' : ` of ${project}`} pulls a source ${source}`, {
    facts: { source, ...given({ project }) },
    next:
      sources.length === 0
        ? 'Declare a step: pull({ from: source, into: dataset }). Where one is declared, see why it was not read: sluice pipelines errors.'
        : meantSource(sources, source),
  })
}

function meantSource(sources: readonly DeclaredSource[], asked: string): string {
  const named = (some: readonly DeclaredSource[]): readonly string[] => some.map(({ project, source }) => `${project} ${source}`)
  const meant = near(asked, [...new Set(sources.map(({ source }) => source))])
  if (meant.length === 0) return `There are ${named(sources).join(', ')}.`
  return `Did you mean ${named(meant.flatMap((name) => sources.filter(({ source }) => source === name))).join(' or ')}?`
}

/** Those of one project, or all. @throws `not_found` for a project that is not there */
export function sourcesOf(definitions: readonly Declared[], project: string | undefined): readonly DeclaredSource[] {
  if (project === undefined) return declaredSources(definitions)
  const of = definitions.filter(({ name }) => name === project)
  if (of.length > 0) return declaredSources(of)
  throw notFound(`there is no project ${project}`, {
    facts: { project },
    next: `Known are: ${definitions.map(({ name }) => name).join(', ')}.`,
  })
}

/** What the datasets of sources say was pulled. */
export async function pulledSources(
  lakeOf: (project: string) => Promise<Lake>,
  sources: readonly DeclaredSource[],
): Promise<readonly PulledSource[]> {
  const pulled: PulledSource[] = []
  for (const each of sources) {
    const lake = await lakeOf(each.project)
    const isFiles = each.kind === 'file-source'
    if (!(await isThere(lake, each.dataset))) pulled.push({ ...each, ...(isFiles ? noFiles : noRows) })
    else pulled.push({ ...each, ...(await (isFiles ? heldFiles : heldRows)(lake, each)) })
  }
  return pulled
}

const noRows: HeldSource = { files: null, moved: null, retained: null, rowsWritten: 0, rowsQuarantined: 0, pulledAt: null }
const noFiles: HeldSource = { ...noRows, files: 0, moved: 0, retained: 0 }

const isThere = async (lake: Lake, dataset: string): Promise<boolean> => (await lake.tables()).some((table) => table.dataset === dataset)
