import { join } from 'node:path'
import type { Fault as DefinitionFault } from '@sluice/author'
import { positionOfDefaultExport, positionOfQuoted } from '@sluice/core'
import type { FileFault } from './definition-errors.ts'

/**
 * Faults of definitions, each at the last place of these files where its subject is written: what is declared twice is told at the second
 * declaration. A fault whose subject is written nowhere stands at the default export of the last file.
 */
export function placed(
  faults: readonly DefinitionFault[],
  files: readonly string[],
  source: (file: string) => string,
  versionDir: string,
): readonly FileFault[] {
  return faults.map(({ where, what, next }) => {
    const { file, place } = lastPlace(subjectsOf(where, what), files, source)
    const at = { file: join(versionDir, file), line: place?.line ?? null, column: place?.column ?? null }
    return { asked: file, fault: { ...at, message: `${where}: ${what}`, next } }
  })
}

/** The names that the source has in quotes: those in the sentence, then the one that it is about. */
function subjectsOf(where: string, what: string): readonly string[] {
  const about = where.replace(/^\w+ /, '').replace(/^(?:lake|warehouse)\./, '')
  return [...[...what.matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? ''), about]
}

function lastPlace(names: readonly string[], files: readonly string[], source: (file: string) => string) {
  for (const name of names) {
    for (const file of files.toReversed()) {
      const place = positionOfQuoted(source(file), name, 'last')
      if (place !== null) return { file, place }
    }
  }
  const file = files.at(-1) ?? ''
  return { file, place: positionOfDefaultExport(source(file)) }
}
