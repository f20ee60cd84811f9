import type { DefinitionError } from '@sluice/author'
import { given, isSluiceError } from '@sluice/core'
import { checkTypes } from '@sluice/definitions'
import { postgresErrors } from '@sluice/postgres'
import type { Settings } from '@sluice/settings'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { examineContracts } from './contracts.ts'
import { migrationFaults } from './migrations.ts'
import { namesOf, unknownNames, unsetValues } from './names.ts'
import { type Examined, examineSql } from './sql.ts'

export interface ExaminedDefinitions extends Examined {
  /** What does not keep a pipeline from running here and now, and may elsewhere. */
  readonly warnings: readonly DefinitionError[]
}

/**
 * What is wrong with definitions that load: types, names that are declared nowhere, values that nothing sets, SQL that does not bind,
 * migrations that do not make the tables. Nothing runs, and nothing is written but what the compiler keeps for its next look.
 */
export async function examineDefinitions(
  settings: Settings,
  definitions: readonly ProjectDefinitions[],
  signal?: AbortSignal,
): Promise<ExaminedDefinitions> {
  const named = definitions.map((project) => {
    const folder = folderOf(settings, project)
    return { unknown: unknownNames(settings, folder, project), unset: unsetValues(settings, folder) }
  })
  // Awaited together: what one throws while another works is heard at once.
  const [types, sql, migrations, contracts] = await Promise.all([
    examineTypes(settings, definitions, signal),
    examineSql(settings, definitions),
    Promise.all(definitions.map((project) => migrationFaults(settings, project).catch(unlessOutOfReach))),
    Promise.all(definitions.map((project) => examineContracts(settings.stateDir, project))),
  ])
  const ofTypes = types.flatMap(({ errors }) => errors)
  const unknown = named.flatMap((each) => each.unknown).filter((error) => !ofTypes.some((other) => isSamePlace(error, other)))
  return {
    errors: [
      ...ofTypes,
      ...unknown,
      ...named.flatMap(({ unset }) => unset.errors),
      ...contracts.flatMap((each) => each.errors),
      ...sql.errors,
      ...migrations.flat(),
    ],
    warnings: [...named.flatMap(({ unset }) => unset.warnings), ...contracts.flatMap((each) => each.warnings)],
    left: [...types.flatMap(({ left }) => left), ...sql.left],
  }
}

const isSamePlace = (one: DefinitionError, other: DefinitionError): boolean =>
  one.project === other.project && one.file === other.file && one.line === other.line

const folderOf = ({ projects }: Settings, { dir }: ProjectDefinitions) => {
  const found = projects.find((folder) => folder.dir === dir)
  if (found === undefined) throw new RangeError(`no project lies in ${dir}`)
  return found
}

/** One compiler at a time: each takes 300 MB, and all cores. */
async function examineTypes(
  settings: Settings,
  definitions: readonly ProjectDefinitions[],
  signal: AbortSignal | undefined,
): Promise<readonly Examined[]> {
  const examined: Examined[] = []
  for (const project of definitions) {
    const { errors, left } = await checkTypes({
      project: project.name,
      projectDir: project.dir,
      atRoot: project.dir === settings.root,
      stateDir: settings.stateDir,
      declared: namesOf(settings, folderOf(settings, project)),
      known: project.errors,
      ...given({ signal }),
    })
    examined.push({ errors, left: left === null ? [] : [left] })
  }
  return examined
}

/** The SQL of the warehouse is left there too, which says why. */
function unlessOutOfReach(thrown: unknown): readonly DefinitionError[] {
  if (isSluiceError(thrown) && (postgresErrors.unavailable.is(thrown) || thrown.facts.sqlstate === '42501')) return []
  throw thrown
}
