import { join } from 'node:path'
import type { Fault as DefinitionFault } from '@sluice/author'
import { positionOfDefaultExport, positionOfQuoted } from '@sluice/core'
import type { FileFault } from './definition-errors.ts'

/**
 * Faults of definitions, each at the last place of these files where the name that it is about is written: what is declared twice is told
 * at the second declaration. One whose name is written nowhere, as that of a model that is called after its dataset, stands at the default
 * export of the last file.
 */
export function placed(
  faults: readonly DefinitionFault[],
  files: readonly string[],
  source: (file: string) => string,
  versionDir: string,
): readonly FileFault[] {
  return faults.map(({ where, at: name, what, next }) => {
    const { file, place } = lastPlace(name, files, source)
    const at = { file: join(versionDir, file), line: place?.line ?? null, column: place?.column ?? null }
    return { asked: file, fault: { ...at, message: `${where}: ${what}`, next } }
  })
}

function lastPlace(name: string, files: readonly string[], source: (file: string) => string) {
  for (const file of files.toReversed()) {
    const place = positionOfQuoted(source(file), name, 'last')
    if (place !== null) return { file, place }
  }
  const file = files.at(-1) ?? ''
  return { file, place: positionOfDefaultExport(source(file)) }
}
