import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LakePolicy } from '@sluice/author'
import { type AnswerLimits, given, notFound, requestErrors, usualLimits } from '@sluice/core'
import type { AnswerProcesses } from '../asked/answer-processes.ts'
import { lakeErrors } from '../errors.ts'
import { type Lake, type LakeOptions, openLake } from '../lake.ts'
import { scanFolder } from '../read/scan-folder.ts'
import { type AskedLake, askedLake, type FileOptions } from './asked-lake.ts'
import { fileOf } from './file-of.ts'
import { projectOfDataset, projectSaid } from './project-of.ts'

/** A dataset by its full or unambiguous short name. */
export interface LakeTarget {
  readonly dataset: string
  readonly project?: string
}

/** The lakes of all projects, as people ask them. */
export interface ProjectLakes {
  /** The lake that holds the dataset. @throws `lake.dataset_unknown`; `request.invalid` where several do */
  of(target: LakeTarget): Promise<AskedLake>
  /** The lake of a dataset that may be new. @throws `request.invalid` where the name leaves open which */
  forNew(target: LakeTarget): Promise<AskedLake>
  /** @throws `not_found` */
  named(project: string): Promise<AskedLake>
  /** All, or that of one project. @throws `not_found` */
  all(project?: string): Promise<readonly AskedLake[]>
  /** The rows of any Delta table of this machine as a file. @throws `lake.dataset_unknown` before the first byte */
  folder(path: string, options: FileOptions & { readonly version?: number }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

export interface LakesOptions {
  /** Of all projects; a local folder as text. */
  readonly storage: LakeOptions['storage']
  readonly projects: readonly string[]
  readonly duckdb: LakeOptions['duckdb']
  /** Where what people ask is answered. Whoever opened them closes them. */
  readonly answers: AnswerProcesses
  readonly limits?: AnswerLimits
  /** By project. */
  readonly policies?: Readonly<Record<string, LakePolicy>>
  /** The same with what its datasets keep. Asked where rows may go, since it reads the definitions of the project. */
  readonly keeping?: (project: string) => Promise<LakePolicy>
}

export function openLakes({
  storage,
  projects,
  duckdb,
  answers,
  limits = usualLimits,
  policies = {},
  keeping,
}: LakesOptions): ProjectLakes {
  const opened = (project: string, policy = policies[project] ?? {}): Lake => openLake({ storage, project, duckdb, policy })
  const lakeOf = (project: string): Lake => ({
    ...opened(project),
    retain: async (options) => await opened(project, await keeping?.(project)).retain(options),
  })
  const lakes = new Map(projects.map((project) => [project, askedLake(lakeOf(project), answers, projects, limits)]))
  const named = (project: string): AskedLake => {
    const lake = lakes.get(project)
    if (lake !== undefined) return lake
    throw notFound(`there is no project ${project}`, { facts: { project }, next: `Name one of: ${projects.join(', ')}.` })
  }
  const of = async (target: LakeTarget): Promise<AskedLake> => {
    const said = projectSaid(target, projects)
    if (said !== undefined) return named(said)
    const known = await Promise.all(
      [...lakes.values()].map(async (lake) => (await lake.tables()).map((table) => ({ ...table, project: lake.project }))),
    )
    return named(projectOfDataset(target, known.flat(), projects))
  }
  return {
    of,
    forNew: async (target) => {
      const said = projectSaid(target, projects)
      if (said !== undefined) return named(said)
      const { dataset } = target
      throw requestErrors.invalid(`"${dataset}" may be of several projects`, {
        facts: { dataset, projects },
        next: `Say which: ${projects.map((each) => `${each}:lake.${dataset}`).join(' or ')}.`,
      })
    },
    named: async (project) => named(project),
    all: async (project) => (project === undefined ? [...lakes.values()] : [named(project)]),
    folder: async (path, { format, version, limit }, signal) =>
      await fileOf(await (await duckdb()).connect(), format, signal, async (connection) =>
        scanFolder(connection, await folderAt(path), given({ version, limit })),
      ),
  }
}

async function folderAt(path: string): Promise<string> {
  const folder = resolve(path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return folder
  throw lakeErrors.dataset_unknown(`${folder} is not a folder`, {
    facts: { path: folder },
    next: 'Name the folder of a Delta table.',
  })
}
