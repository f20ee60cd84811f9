import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DefinitionError, Sql } from '@sluice/author'
import { definitionErrors } from './definition-errors.ts'
import type { FilePlace } from './loader-protocol.ts'
import { sourceIn } from './source-map.ts'
import { placeInFile, placeInSql } from './sql-place.ts'

/** A step with SQL: a model, a check. */
export interface StepWithSql {
  readonly sql: Sql
  /** The file of its pipeline, relative to the project. */
  readonly file: string
  /** Where it was defined, as far as that is known. */
  readonly place: FilePlace | null
}

export interface SqlFault {
  readonly step: StepWithSql
  readonly message: string
  readonly next: string | null
  /** What the fault is about, where its message shows no place. */
  readonly words: readonly string[]
}

/**
 * What was found wrong with the SQL of steps, each fault where its SQL is written: in the file of the step, in a file of SQL or in one that
 * both import. One whose place is not found stands at the call that made its step.
 */
export function sqlErrors(project: string, versionDir: string, faults: readonly SqlFault[]): readonly DefinitionError[] {
  const source = (file: string): string => sourceIn(versionDir, file)
  return definitionErrors(
    project,
    versionDir,
    faults.map(({ step: { sql, file: asked, place }, message, next, words }) => {
      const at = placeInSql(sql.parts, message, words)
      const own = at === null ? null : firstWith([asked, ...filesWithSql(versionDir)], source, (text) => placeInFile(text, at))
      const { file, line, column } = own === null ? (place ?? nowhere) : { ...own.at, file: join(versionDir, own.file) }
      // A step that several pipelines share is written once: what imports it is of no matter here.
      return { asked: own?.file ?? asked, fault: { file, line, column, message, next } }
    }),
    source,
  )
}

const nowhere = { file: null, line: null, column: null }

function firstWith<At>(files: readonly string[], source: (file: string) => string, find: (text: string) => At | null) {
  for (const file of files) {
    const at = find(source(file))
    if (at !== null) return { file, at }
  }
  return null
}

const filesWithSql = (versionDir: string): readonly string[] =>
  readdirSync(versionDir, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(?:ts|sql)$/.test(path) && !path.startsWith('node_modules/'))
    .sort()
