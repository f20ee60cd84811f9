import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors } from '@sluice/core'

/** A source file of a project with its content. */
export interface ProjectFile {
  /** Relative to the project, with `/`. */
  readonly path: string
  readonly content: Uint8Array
}

const leftOut = (name: string): boolean =>
  name.startsWith('.') || name === 'node_modules' || name === 'fixtures' || name.endsWith('.test.ts')

/**
 * The files that make a version of a project, in the order of their paths: all but dotfiles (such as `.sluice` and `.env`), node_modules,
 * fixtures and tests. A link to a file counts as the file. A link to a folder is not followed.
 * @throws `config.invalid` when there is no such folder
 */
export async function projectFiles(projectDir: string): Promise<readonly ProjectFile[]> {
  const files: ProjectFile[] = []
  const walk = async (relative: string): Promise<void> => {
    for (const entry of await readdir(join(projectDir, relative), { withFileTypes: true })) {
      if (leftOut(entry.name)) continue
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`
      if (entry.isDirectory()) await walk(path)
      else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(join(projectDir, path)).catch(() => null))?.isFile() === true)) {
        files.push({ path, content: await readFile(join(projectDir, path)) })
      }
    }
  }
  try {
    await walk('')
  } catch (cause) {
    throw configErrors.invalid(`cannot read the project in ${projectDir}: ${(cause as Error).message}`, {
      cause,
      facts: { projectDir },
      next: 'Correct the folder under projects in the root sluice.config.ts.',
    })
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** 16 hexadecimal characters: SHA-256 over the folder's name and the length-prefixed paths and contents. */
export function versionOf(folder: string, files: readonly ProjectFile[]): string {
  const hash = createHash('sha256').update(`${folder}\n`)
  for (const { path, content } of files) hash.update(`${path.length}:${path}${content.length}:`).update(content)
  return hash.digest('hex').slice(0, 16)
}
