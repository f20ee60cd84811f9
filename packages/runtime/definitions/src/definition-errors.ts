import { relative, sep } from 'node:path'
import type { DefinitionError } from '@sluice/author'
import { codeFrame, cutText, errorLimits } from '@sluice/core'
import type { Fault } from './loader-protocol.ts'

export interface FileFault {
  /** The file that was being imported, relative to the project. */
  readonly asked: string
  readonly fault: Fault
}

/**
 * Faults as the author of the project reads them: paths are relative to the project, and the source around the place is shown. A fault in a
 * shared file is reported once, with the files that import it.
 */
export function definitionErrors(
  project: string,
  versionDir: string,
  faults: readonly FileFault[],
  source: (file: string) => string,
): readonly DefinitionError[] {
  const byPlace = new Map<string, { readonly error: DefinitionError; readonly importers: string[] }>()
  for (const { asked, fault } of faults) {
    const file = fault.file === null ? asked : relative(versionDir, fault.file).replaceAll(sep, '/')
    const { line, column } = withinText(fault, source(file))
    const message = cutText(fault.message, errorLimits.message)
    const next = fault.next === null ? null : cutText(fault.next, errorLimits.next)
    const key = JSON.stringify([file, line, column, message])
    const known = byPlace.get(key) ?? {
      error: { project, file, line, column, message, next, frame: line === null ? null : codeFrame(source(file), line, column) },
      importers: [],
    }
    byPlace.set(key, known)
    if (asked !== file) known.importers.push(asked)
  }
  return [...byPlace.values()].map(({ error, importers }) =>
    importers.length === 0 ? error : { ...error, message: `${error.message} (imported by ${importers.join(', ')})` },
  )
}

/** What a file lacks at its end is told at its end: of a copy that is the line of its map. */
function withinText({ line, column }: Fault, text: string): Pick<Fault, 'line' | 'column'> {
  const lines = text.split('\n')
  if (line === null || line < lines.length || text === '') return { line, column }
  return { line: lines.length, column: column === null ? null : Math.min(column, (lines.at(-1) ?? '').length + 1) }
}
