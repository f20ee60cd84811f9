import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors } from '@sluice/core'

export type Profile = 'demo' | 'live'

/**
 * Creates the state directory. Other accounts may enter it, since PostgreSQL may run under one.
 * @throws `config.invalid` when it cannot be written
 */
export async function prepareStateDir(stateDir: string): Promise<void> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o755 })
    await writeFile(join(stateDir, '.gitignore'), '*\n')
  } catch (cause) {
    throw configErrors.invalid(`the state directory ${stateDir} cannot be written: ${(cause as Error).message}`, {
      facts: { stateDir },
      cause,
      next: 'Run as the user that owns it, or choose another folder with SLUICE_STATE_DIR.',
    })
  }
}

export async function readProfile(stateDir: string): Promise<Profile> {
  const text = await readFile(join(stateDir, 'profile'), 'utf8').catch(() => '')
  return text.trim() === 'demo' ? 'demo' : 'live'
}

export const writeDemoProfile = (stateDir: string): Promise<void> => writeFile(join(stateDir, 'profile'), 'demo\n')
