import type { FileSource, Logger, Pull } from '@sluice/author'
import { requestErrors } from '@sluice/core'
import { stateLakes } from '@sluice/lake/capability'
import { projectOf, type Settings, variable } from '@sluice/settings'
import type { PlannedPull, PreviewedFile, PullLookedAt } from '@sluice/transform'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { duckdbLimits } from '../stores/duckdb.ts'
import { type DeclaredSource, pullOf } from './declared-sources.ts'

export type { PlannedPull, PreviewedFile }

export interface LookAtSourceOptions {
  readonly settings: Settings
  readonly definitions: readonly ProjectDefinitions[]
  readonly source: DeclaredSource
  /** Files that are asked for by their paths below the folder of the source. */
  readonly files: readonly string[]
  /** Told of names in the folder that are not taken. */
  readonly log: Pick<Logger, 'warn'>
}

/** What a pull of a source would read, and why. @throws `request.invalid` for a source that is not of files */
export async function dryPull(options: LookAtSourceOptions): Promise<PlannedPull> {
  const { lookAtPull } = await import('@sluice/transform')
  return await looking(options, lookAtPull)
}

/** A file of a source as a pull would write it, and the rows that would be in quarantine. @throws as `dryPull` */
export async function previewSource(options: LookAtSourceOptions, limit: number): Promise<PreviewedFile> {
  const { previewPull } = await import('@sluice/transform')
  return await looking(options, (of) => previewPull(of, limit))
}

async function looking<T>(
  { settings, definitions, source, files, log }: LookAtSourceOptions,
  look: (of: PullLookedAt) => Promise<T>,
): Promise<T> {
  const { project, dataset } = source
  const { from, ...pull } = await pullOf(definitions, source)
  if (from.kind !== 'file-source') throw notOfFiles(source)
  const { folderOf } = await import('@sluice/transform')
  const { dir, project: of } = projectOf(settings, project)
  const lakes = stateLakes({ stateDir: settings.stateDir, lakeUrl: settings.lakeUrl, duckdb: duckdbLimits(1) })
  try {
    const lake = await lakes.of(project, of.lake)
    const folder = folderOf(from.folder, lake, { folder: dir, variable: (name) => variable(settings, project, name) })
    const step: Pull & { readonly from: FileSource } = { ...pull, from }
    return await look({ pull: step, dataset, lake, folder, now: Date.now, again: files, log })
  } finally {
    await lakes.close()
  }
}

const notOfFiles = ({ project, source, kind }: DeclaredSource) =>
  requestErrors.invalid(
    `${source} of ${project} is ${kind === 'rest-source' ? 'an API' : 'a database'}: what a pull of it reads is known once it was asked`,
    {
      facts: { project, source },
      next: `Pull it: "sluice sources pull ${project} ${source}". Only files are looked at before they are read.`,
    },
  )
