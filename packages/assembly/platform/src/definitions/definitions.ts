import { join } from 'node:path'
import type { DefinitionError } from '@sluice/author'
import { type Mask, maskOf } from '@sluice/core'
import { type LoadedProject, loadProject, ProjectMemory, usualBudgetMs, versionOfFolder } from '@sluice/definitions'
import { publishVersion } from '@sluice/engine'
import { openPool } from '@sluice/postgres'
import type { Settings } from '@sluice/settings'
import { secretsOf, withoutSecrets } from '../secrets.ts'

export interface ProjectDefinitions extends LoadedProject {
  readonly name: string
  /** The project's folder. */
  readonly dir: string
  readonly timeZone: string
  readonly database: string
  /** The pipeline that loads the history of the demo. It runs by backfill alone; the scheduler creates no runs of it. */
  readonly backfillOnly: readonly string[]
}

/** Reads the definitions of all projects. Files that do not load are listed under `errors`. */
export function loadDefinitions(settings: Settings, memories?: Memories): Promise<readonly ProjectDefinitions[]> {
  const mask = maskOf(secretsOf(settings))
  return Promise.all(settings.projects.map((folder) => loadDefinitionsOf(settings, folder, mask, memories?.of(folder.dir))))
}

/** What was read of each project, for whoever reads them after every change. */
export interface Memories {
  of(projectDir: string): ProjectMemory
  close(): Promise<void>
}

export function openMemories(settings: Pick<Settings, 'values'>): Memories {
  const environment = withoutSecrets(process.env, settings)
  const memories = new Map<string, ProjectMemory>()
  return {
    of: (dir) => {
      const memory = memories.get(dir) ?? new ProjectMemory({ budgetMs: usualBudgetMs, environment })
      memories.set(dir, memory)
      return memory
    },
    close: async () => {
      await Promise.all([...memories.values()].map((memory) => memory.close()))
    },
  }
}

async function loadDefinitionsOf(
  settings: Pick<Settings, 'root' | 'stateDir' | 'values'>,
  { dir, project }: Settings['projects'][number],
  mask: Mask,
  memory?: ProjectMemory,
): Promise<ProjectDefinitions> {
  const { root, stateDir } = settings
  const environment = withoutSecrets(process.env, settings)
  const loaded = await loadProject({ root, projectDir: dir, stateDir, environment, memory })
  return {
    ...loaded,
    errors: loaded.errors.map((error) => maskedError(mask, error)),
    name: project.name,
    dir,
    timeZone: project.timeZone,
    database: project.warehouse.database,
    backfillOnly: project.demo.history === undefined ? [] : [project.demo.history.pipeline],
  }
}

/** Code of a file may say in an error what it has read of the environment. */
const maskedError = (mask: Mask, error: DefinitionError): DefinitionError => ({
  ...error,
  message: mask(error.message),
  next: error.next === null ? null : mask(error.next),
  frame: error.frame === null ? null : mask(error.frame),
})

/**
 * What the files of a project say now. A server reads its definitions when it starts; a migration is compared with the datasets of the
 * same moment, or what is right would be called drift.
 */
export async function definitionsNow(settings: Settings, loaded: ProjectDefinitions): Promise<ProjectDefinitions> {
  const folder = settings.projects.find(({ dir }) => dir === loaded.dir)
  if (folder === undefined || (await versionOfFolder(loaded.dir)) === loaded.version) return loaded
  return await loadDefinitionsOf(settings, folder, maskOf(secretsOf(settings)))
}

/**
 * Publishes the definitions to the engine. Publishing the same ones again changes nothing. Answers those that the database refuses; the
 * others are published.
 */
export async function publish(databaseUrl: string, definitions: readonly ProjectDefinitions[]): Promise<readonly DefinitionError[]> {
  const refused: DefinitionError[] = []
  const pool = openPool(databaseUrl, { max: 2, applicationName: 'sluice publish' })
  try {
    for (const { name, timeZone, version, specs, files, versionDir, errors, backfillOnly } of definitions) {
      const absolute = Object.fromEntries(Object.entries(files).map(([pipeline, file]) => [pipeline, join(versionDir, file)]))
      const all = await publishVersion(
        pool,
        { project: name, timeZone, version, specs, files: absolute, sources: files, errors, backfillOnly },
        Date.now(),
      )
      refused.push(...all.slice(errors.length))
    }
    return refused
  } finally {
    await pool.end()
  }
}
