import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@sluice/process'
import type { DeclaredProject } from '@sluice/transform'

/** What a project declared in the version that was published last, and in the one before that. */
interface Published {
  readonly current: DeclaredProject
  readonly before: DeclaredProject | null
}

const folderIn = (stateDir: string): string => join(stateDir, 'published')
const fileOf = (stateDir: string, project: string): string => join(folderIn(stateDir), `${project}.json`)

/** Remembers what was published, so that what is declared later can be compared with it. The same version again changes nothing. */
export async function rememberPublished(stateDir: string, declared: DeclaredProject): Promise<void> {
  const known = await read(stateDir, declared.project)
  if (known?.current.version === declared.version) return
  const next: Published = { current: declared, before: known?.current ?? null }
  await mkdir(folderIn(stateDir), { recursive: true, mode: 0o700 })
  await replaceFile(fileOf(stateDir, declared.project), JSON.stringify(next), { mode: 0o600 })
}

/** The newest version that was published and differs from this one: what runs, or what ran before this one did. */
export async function publishedBefore(stateDir: string, project: string, version: string): Promise<DeclaredProject | undefined> {
  const known = await read(stateDir, project)
  if (known === undefined) return undefined
  return known.current.version === version ? (known.before ?? known.current) : known.current
}

async function read(stateDir: string, project: string): Promise<Published | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(stateDir, project), 'utf8')) as Published
  } catch {
    return undefined
  }
}
