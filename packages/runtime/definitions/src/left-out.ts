import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { FileFault } from './definition-errors.ts'
import { whyLeftOut } from './project-files.ts'

/** An import of a file that there is, and that a version of the project leaves out: the fault says which rule does, and what helps. */
export function namedLeftOut(projectDir: string, versionDir: string, { asked, fault }: FileFault): FileFault {
  if (fault.missing === undefined || !fault.missing.startsWith(versionDir + sep)) return { asked, fault }
  const path = relative(versionDir, fault.missing).replaceAll(sep, '/')
  const why = existsSync(join(projectDir, path)) ? whyLeftOut(projectDir, path) : undefined
  if (why === undefined) return { asked, fault }
  const message = `${fault.message}: the file is there, and is not part of a version, since ${why.rule}`
  return { asked, fault: { ...fault, message, next: why.next } }
}
