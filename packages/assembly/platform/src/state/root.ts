import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The workspace this command belongs to. */
const ownWorkspace = resolve(import.meta.dirname, '../../../../..')

/**
 * The folder of the platform: `SLUICE_ROOT`; or the nearest folder at or above `from` whose `sluice.config.ts` defines a platform, not a
 * project; or the workspace of this command.
 */
export function findRoot(from: string, env: Readonly<Record<string, string | undefined>>): string {
  if (env.SLUICE_ROOT) return resolve(env.SLUICE_ROOT)
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (definesPlatform(folder)) return folder
    if (dirname(folder) === folder) return ownWorkspace
  }
}

function definesPlatform(folder: string): boolean {
  try {
    return /\bplatform\s*\(/.test(readFileSync(join(folder, 'sluice.config.ts'), 'utf8'))
  } catch {
    return false
  }
}
