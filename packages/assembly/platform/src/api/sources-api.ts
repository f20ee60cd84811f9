import type { Engine } from '@sluice/engine'
import { manualInterval } from '@sluice/engine'
import type { ProjectLakes } from '@sluice/lake'
import type { DeclaredSource, PlannedSource, PreviewedSource, SourcesApi } from '@sluice/serve'
import { type Settings, settingsOfProject } from '@sluice/settings'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { readingNow } from '../models/compile.ts'
import { pulledSources, pullOf, sourceNamed, sourcesOf } from '../sources/declared-sources.ts'
import type { Look } from '../sources/look.ts'
import { startLook } from '../sources/start-look.ts'

export interface SourcesOptions {
  readonly settings: Settings
  readonly definitions: () => Promise<readonly ProjectDefinitions[]>
  /** Of the metadata database. */
  readonly databaseUrl: () => Promise<string>
  readonly lakes: Pick<ProjectLakes, 'named'>
  readonly engine: Pick<Engine, 'newestBatches'>
}

/** Sources as the projects declare them, what was pulled of them, and looks at what a pull would read. */
export function sourcesApi({ settings, definitions, databaseUrl, lakes, engine }: SourcesOptions): SourcesApi {
  const looked = async (source: DeclaredSource, ask: Look['ask'], signal: AbortSignal): Promise<PlannedSource | PreviewedSource> => {
    const all = await definitions()
    const pull = pullOf(all, source)
    const loaded = all.find(({ name }) => name === source.project)
    const reads = 'reads' in pull.from ? pull.from.reads.map(({ id }) => id) : []
    const timeZone = loaded?.timeZone ?? 'UTC'
    const schedule = loaded?.specs.find(({ name }) => name === source.pipeline)?.schedule ?? null
    const now = loaded === undefined ? undefined : await readingNow({ loaded, engine }, { reads, fills: [] })
    const reading = { datasets: new Map(), batches: new Map(), timeZone, ...now, interval: manualInterval(schedule, Date.now(), timeZone) }
    const of = { source, pull, settings: settingsOfProject(settings, source.project), databaseUrl: await databaseUrl(), reading, ask }
    return await startLook(of, { timeoutMs: settings.queries.limits.timeoutMs, signal })
  }
  return {
    all: async (project) => sourcesOf(await definitions(), project),
    find: async (of) => sourceNamed(await definitions(), of),
    held: async (sources) => await pulledSources((project) => lakes.named(project), sources),
    plan: async (source, { files, signal }) => (await looked(source, { kind: 'plan', files }, signal)) as PlannedSource,
    preview: async (source, { file, limit, signal }) =>
      (await looked(source, { kind: 'preview', files: file === undefined ? [] : [file], limit }, signal)) as PreviewedSource,
  }
}
