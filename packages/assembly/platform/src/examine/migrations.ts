import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type AnyDataset, type DefinitionError, tablesOf } from '@sluice/author'
import { codeFrame, definitionErrors, isSluiceError, positionOfQuoted, type SluiceError } from '@sluice/core'
import { sourceIn } from '@sluice/definitions'
import { readMigrations } from '@sluice/postgres'
import type { Settings } from '@sluice/settings'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { migrationsIn } from '../stores/prepare.ts'
import { withMigratedDatabase } from './migrated-database.ts'

/**
 * Whether the migrations of a project make the tables that its datasets declare: they are applied to a throwaway database. What differs is
 * told at the dataset, with the statements to write where a table is missing; what fails is told at its line.
 */
export async function migrationFaults(settings: Settings, project: ProjectDefinitions): Promise<readonly DefinitionError[]> {
  const tables = tablesOf(project.datasets)
  // Without its datasets nobody can say what is missing.
  if (project.errors.length > 0) return []
  try {
    const folder = await migrationsIn(project.dir)
    if (tables.length === 0 && folder === null) return []
    await withMigratedDatabase(settings, project.dir, async (pool) => {
      const { refuseDrift } = await import('@sluice/warehouse')
      await refuseDrift(pool, tables, project.keys, folder === null ? [] : await readMigrations(folder))
    })
    return []
  } catch (thrown) {
    if (isSluiceError(thrown) && isOfMigrations(thrown)) return [faultOf(project, tables, thrown)]
    throw thrown
  }
}

/** One that fails, what they leave different, and a file whose name says neither its number nor its side. */
export const isOfMigrations = (error: SluiceError): boolean => error.code.startsWith('migration.') || definitionErrors.invalid.is(error)

function faultOf(project: ProjectDefinitions, tables: readonly AnyDataset[], thrown: SluiceError): DefinitionError {
  const { name, versionDir } = project
  const { message, next = null, facts } = thrown
  const told = (file: string, line: number | null, column: number | null, text: string): DefinitionError => {
    const frame = line === null ? null : codeFrame(sourceIn(versionDir, file), line, column)
    return { project: name, file, line, column, message: text, next, frame }
  }
  const differences = Array.isArray(facts.differences) ? (facts.differences as readonly string[]) : []
  if (differences.length === 0) {
    const file = `migrations/${String(facts.file)}`
    const known = existsSync(join(versionDir, file))
    return told(known ? file : 'migrations', known && typeof facts.line === 'number' ? facts.line : null, null, message)
  }
  const text = `the migrations do not make what the datasets declare:\n- ${differences.join('\n- ')}`
  const at = placeOf(project, tables, differences)
  return told(at.file, at.line, at.column, text)
}

/** The declaration of the first table that a difference names. */
function placeOf({ versionDir, files: pipelineFiles }: ProjectDefinitions, tables: readonly AnyDataset[], differences: readonly string[]) {
  const pipelines = Object.values(pipelineFiles)
  const table = tables.find(({ name }) => differences.some((each) => each.includes(name)))
  const files = existsSync(join(versionDir, 'datasets')) ? readdirSync(join(versionDir, 'datasets')).map((file) => `datasets/${file}`) : []
  for (const file of [...files, ...pipelines]) {
    const place = table === undefined ? null : positionOfQuoted(sourceIn(versionDir, file), table.name)
    if (place !== null) return { file, line: place.line, column: place.column }
  }
  return { file: 'migrations', line: null, column: null }
}
