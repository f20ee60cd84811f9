import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors, type SluiceError } from '@sluice/core'
import { systemFault } from './system.ts'

export type Profile = 'demo' | 'live'

/**
 * Creates the state directory, which holds what everybody's data and keys are in: it is its owner's alone. So is, from now on, every file
 * that this process and those it starts make; files that DuckDB writes take no other word than the mask of the process.
 * @throws `config.invalid` when it cannot be written, or when other accounts may enter it; `config.system` where no state can be opened
 */
export async function prepareStateDir(stateDir: string, { restoring = false }: { readonly restoring?: boolean } = {}): Promise<void> {
  const fault = systemFault(process.platform, process.arch)
  if (fault !== undefined) throw fault
  process.umask(0o077)
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await refuseOpen(stateDir)
    if (!restoring) await refuseHalf(stateDir)
    await writeFile(join(stateDir, '.gitignore'), '*\n')
  } catch (cause) {
    if (configErrors.invalid.is(cause)) throw cause
    throw configErrors.invalid(`the state directory ${stateDir} cannot be written: ${(cause as Error).message}`, {
      facts: { stateDir },
      cause,
      next: 'Run as the user that owns it, or choose another folder with SLUICE_STATE_DIR.',
    })
  }
}

/** Stands in a state while a backup is restored into it. */
export const restoringFile = 'restoring.json'

async function refuseHalf(stateDir: string): Promise<void> {
  const text = await readFile(join(stateDir, restoringFile), 'utf8').catch(() => undefined)
  if (text === undefined) return
  const { from } = JSON.parse(text) as { readonly from: string }
  throw configErrors.invalid(`a restore into ${stateDir} was not finished`, {
    facts: { stateDir, from },
    next: `Restore again: npx sluice restore '${from}'. Or remove what there is of it: npx sluice reset.`,
  })
}

/** A folder that is empty yet is closed; what others may have read or written before is for people to judge. */
async function refuseOpen(stateDir: string): Promise<void> {
  const rights = (await stat(stateDir)).mode & 0o777
  if (process.platform === 'win32' || (rights & 0o077) === 0) return
  if ((await readdir(stateDir)).length > 0) throw openToOthers(stateDir, rights)
  await chmod(stateDir, 0o700)
}

const openToOthers = (stateDir: string, rights: number): SluiceError =>
  configErrors.invalid(`other accounts may enter the state directory ${stateDir} (rights ${rights.toString(8)})`, {
    facts: { stateDir, rights: rights.toString(8) },
    next: `Close it to others: chmod -R go= '${stateDir}'. It holds data, mails, passwords and the key: exchange what others may have read.`,
  })

export async function readProfile(stateDir: string): Promise<Profile> {
  const text = await readFile(join(stateDir, 'profile'), 'utf8').catch(() => '')
  return text.trim() === 'demo' ? 'demo' : 'live'
}

export const writeDemoProfile = (stateDir: string): Promise<void> => writeFile(join(stateDir, 'profile'), 'demo\n')
