import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphOf, type Pipeline, type Pull } from '@sluice/author'
import { bugErrors, type Instant, notFound } from '@sluice/core'
import { stateLakes } from '@sluice/lake/capability'
import { projectOf, type Settings } from '@sluice/settings'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { duckdbLimits } from '../stores/duckdb.ts'

/** A source as a step of a pipeline pulls it. */
export interface DeclaredSource {
  readonly project: string
  readonly source: string
  readonly kind: Pull['from']['kind']
  readonly pipeline: string
  readonly step: string
  /** Full id. */
  readonly dataset: string
}

/** What was pulled of a source, by the receipts of its dataset. */
export interface PulledSource extends DeclaredSource {
  readonly files: number | null
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly pulledAt: Instant | null
}

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

/** @throws `not_found` naming those that there are */
export function sourceNamed(sources: readonly DeclaredSource[], project: string, source: string): DeclaredSource {
  const found = sources.find((each) => each.project === project && each.source === source)
  if (found !== undefined) return found
  throw notFound(`no step of ${project} pulls a source ${source}`, {
    facts: { project, source },
    next:
      sources.length === 0
        ? 'Declare a step: pull({ from: source, into: dataset }).'
        : `There are ${sources.map((each) => `${each.project} ${each.source}`).join(', ')}.`,
  })
}

/** What the datasets of sources say was pulled. */
export async function pulledSources(settings: Settings, sources: readonly DeclaredSource[]): Promise<readonly PulledSource[]> {
  const lakes = stateLakes({ stateDir: settings.stateDir, lakeUrl: settings.lakeUrl, duckdb: duckdbLimits(1) })
  try {
    const pulled: PulledSource[] = []
    for (const each of sources) {
      const lake = await lakes.of(each.project, projectOf(settings, each.project).project.lake)
      const there = (await lake.tables()).some(({ dataset }) => dataset === each.dataset)
      let [files, rowsWritten, rowsQuarantined, pulledAt] = [0, 0, 0, null as Instant | null]
      const isFiles = each.kind === 'file-source'
      if (isFiles && there) {
        for await (const some of lake.filesOf(each.dataset, each.source)) {
          for (const file of some.filter(({ gone }) => !gone)) {
            files++
            rowsWritten += file.rowsWritten
            rowsQuarantined += file.rowsQuarantined
            pulledAt = Math.max(pulledAt ?? 0, file.writtenAt)
          }
        }
      } else if (there) {
        for (const receipt of await lake.receipts(each.dataset)) {
          rowsWritten += receipt.rowsWritten
          rowsQuarantined += receipt.rowsQuarantined
          pulledAt = Math.max(pulledAt ?? 0, receipt.writtenAt)
        }
      }
      pulled.push({ ...each, files: isFiles ? files : null, rowsWritten, rowsQuarantined, pulledAt })
    }
    return pulled
  } finally {
    await lakes.close()
  }
}
