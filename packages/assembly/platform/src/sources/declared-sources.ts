import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphOf, type Pipeline, type Pull } from '@sluice/author'
import { bugErrors, given, notFound, requestErrors } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { stateLakes } from '@sluice/lake/capability'
import { projectOf, type Settings } from '@sluice/settings'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { duckdbLimits } from '../stores/duckdb.ts'
import { type HeldSource, heldFiles, heldRows } from './held-source.ts'
import { takesAll } from './present-rows.ts'

/** A source as a step of a pipeline pulls it. */
export interface DeclaredSource {
  readonly project: string
  readonly source: string
  readonly kind: Pull['from']['kind']
  /** Each pull takes all of it. */
  readonly whole: boolean
  /** How long its dataset keeps rows, where it says so. */
  readonly keep: string | null
  readonly pipeline: string
  readonly step: string
  /** Full id. */
  readonly dataset: string
}

/** A source with what its dataset holds of it. */
export interface PulledSource extends DeclaredSource, HeldSource {}

/** Sources that steps of pipelines pull, in the order of their names. */
export async function declaredSources(definitions: readonly ProjectDefinitions[]): Promise<readonly DeclaredSource[]> {
  const found = await Promise.all(
    definitions.flatMap(({ name: project, versionDir, files }) =>
      Object.entries(files).map(async ([pipeline, file]) => {
        const pulls = await pullsIn(join(versionDir, file))
        return pulls.map(
          ({ name: step, from, into }): DeclaredSource => ({
            project,
            source: from.name,
            kind: from.kind,
            whole: takesAll(from),
            keep: into.facts.keep ?? null,
            pipeline,
            step,
            dataset: `${project}:${into.id}`,
          }),
        )
      }),
    ),
  )
  return found.flat().toSorted((a, b) => (`${a.project} ${a.source} ${a.pipeline}` < `${b.project} ${b.source} ${b.pipeline}` ? -1 : 1))
}

async function pullsIn(file: string): Promise<readonly Pull[]> {
  const module = (await import(pathToFileURL(file).href)) as { readonly default: Pipeline }
  return [...graphOf(module.default).steps.values()].filter((step): step is Pull => step.kind === 'pull')
}

/** The step that pulls a source, as its pipeline has it. */
export async function pullOf(definitions: readonly ProjectDefinitions[], { project, pipeline, step }: DeclaredSource): Promise<Pull> {
  const of = definitions.find(({ name }) => name === project)
  const file = of?.files[pipeline]
  const pulls = of === undefined || file === undefined ? [] : await pullsIn(join(of.versionDir, file))
  const found = pulls.find(({ name }) => name === step)
  if (found === undefined) throw bugErrors.unreachable(`${step} of ${pipeline} was declared, and is not there`)
  return found
}

/** The source of a name: of the project that is named, or of the only one that pulls such a source. */
export interface AskedSource {
  readonly project: string | undefined
  readonly source: string
}

/** @throws `not_found` naming those that there are, `request.invalid` where several projects have one of that name */
export function sourceNamed(settings: Settings, sources: readonly DeclaredSource[], { project, source }: AskedSource): DeclaredSource {
  if (project !== undefined) projectOf(settings, project)
  const found = sources.filter((each) => each.source === source && (project === undefined || each.project === project))
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
        ? 'Declare a step: pull({ from: source, into: dataset }).'
        : `There are ${sources.map((each) => `${each.project} ${each.source}`).join(', ')}.`,
  })
}

/** Those of one project, or all. @throws `not_found` for a project that is not there */
export function sourcesOf(settings: Settings, sources: readonly DeclaredSource[], project: string | undefined): readonly DeclaredSource[] {
  if (project === undefined) return sources
  projectOf(settings, project)
  return sources.filter((each) => each.project === project)
}

/** What the datasets of sources say was pulled. */
export async function pulledSources(settings: Settings, sources: readonly DeclaredSource[]): Promise<readonly PulledSource[]> {
  const lakes = stateLakes({ stateDir: settings.stateDir, lakeUrl: settings.lakeUrl, duckdb: duckdbLimits(1) })
  try {
    const pulled: PulledSource[] = []
    for (const each of sources) {
      const lake = await lakes.of(each.project, projectOf(settings, each.project).project.lake)
      const isFiles = each.kind === 'file-source'
      if (!(await isThere(lake, each.dataset))) pulled.push({ ...each, ...(isFiles ? noFiles : noRows) })
      else pulled.push({ ...each, ...(await (isFiles ? heldFiles : heldRows)(lake, each)) })
    }
    return pulled
  } finally {
    await lakes.close()
  }
}

const noRows: HeldSource = { files: null, moved: null, retained: null, rowsWritten: 0, rowsQuarantined: 0, pulledAt: null }
const noFiles: HeldSource = { ...noRows, files: 0, moved: 0, retained: 0 }

const isThere = async (lake: Lake, dataset: string): Promise<boolean> => (await lake.tables()).some((table) => table.dataset === dataset)
