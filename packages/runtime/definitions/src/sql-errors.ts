import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefinitionError } from '@sluice/author'
import { definitionErrors } from './definition-errors.ts'
import type { LoadedModel } from './load-project.ts'

export interface ModelFault {
  readonly model: LoadedModel
  readonly message: string
  readonly next: string | null
}

/** What was found wrong with models, each fault at the call that made its model. */
export const modelErrors = (project: string, versionDir: string, faults: readonly ModelFault[]): readonly DefinitionError[] =>
  definitionErrors(
    project,
    versionDir,
    faults.map(({ model: { place, file: asked }, message, next }) => ({
      asked,
      fault: { file: place?.file ?? null, line: place?.line ?? null, column: place?.column ?? null, message, next },
    })),
    (file) => readFileSync(join(versionDir, file), 'utf8'),
  )
