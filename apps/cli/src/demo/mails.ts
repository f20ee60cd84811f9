import { readdir } from 'node:fs/promises'
import { relative } from 'node:path'
import { mailsDir } from '@sluice/platform'
import type { Settings } from '@sluice/settings'

export interface Mails {
  readonly count: number
  /** Relative to the root where it lies below it. */
  readonly folder: string
}

/** What the mail server's stand-in has received on this state; `null` where there is none. */
export async function mailsIn({ root, stateDir, smtpSimulator }: Settings): Promise<Mails | null> {
  if (smtpSimulator === null) return null
  const folder = mailsDir(stateDir)
  const files = await readdir(folder).catch(() => [])
  const below = relative(root, folder)
  return { count: files.filter((file) => file.endsWith('.eml')).length, folder: below.startsWith('..') ? folder : below }
}
