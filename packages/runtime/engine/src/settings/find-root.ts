import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SluiceError } from '@sluice/core'

/**
 * The platform's folder: the nearest one, from `cwd` upward, whose `sluice.config.ts` defines a platform. A project's own
 * configuration on the way is passed by.
 * @throws `config.missing` when there is none.
 */
export async function findRoot(cwd: string): Promise<string> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const source = await readFile(join(folder, 'sluice.config.ts'), 'utf8').catch(() => '')
    if (/\bplatform\s*\(/.test(source)) return folder
    if (dirname(folder) === folder) {
      throw new SluiceError('config.missing', `no platform in ${resolve(cwd)} or above it`, {
        facts: { cwd: resolve(cwd) },
        next: 'Change to the folder whose sluice.config.ts calls platform({ projects: [...] }), or create one with "sluice init".',
      })
    }
  }
}
