import type { DefinitionError, Fault } from '@sluice/author'
import { codeFrame, positionOfDefaultExport, positionOfQuoted } from '@sluice/core'
import type { ProjectFile } from './project-files.ts'

/** The sources of a project, for places in them. */
export interface Sources {
  readonly project: string
  readonly text: (file: string) => string
  /** A fault with the place of its name in one of the files: the last one there is, else the end of the first file. */
  error(fault: Fault, files: readonly string[]): DefinitionError
}

export function sourcesOf(project: string, files: readonly ProjectFile[]): Sources {
  const contents = new Map(files.map(({ path, content }) => [path, content]))
  const text = (file: string): string => new TextDecoder().decode(contents.get(file))
  return {
    project,
    text,
    error({ where, at, what, next }, among) {
      const found = among.map((file) => ({ file, place: positionOfQuoted(text(file), at, 'last') })).findLast(({ place }) => place !== null)
      const file = found?.file ?? among[0] ?? 'sluice.config.ts'
      const place = found?.place ?? positionOfDefaultExport(text(file))
      const frame = place === null ? null : codeFrame(text(file), place.line, place.column)
      return { project, file, line: place?.line ?? null, column: place?.column ?? null, message: `${where}: ${what}`, next, frame }
    },
  }
}
