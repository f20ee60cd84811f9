import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors } from '@sluice/core'
import { createFile } from '@sluice/process'

/**
 * The key of a state directory: `<stateDir>/key`, 256 random bits, made at first use, readable by its owner only. The
 * owner's token, sessions and login links are made with keys of their own that are derived from it. @throws `config.invalid` when others
 * may read it.
 */
export async function keyOf(stateDir: string): Promise<string> {
  const path = join(stateDir, 'key')
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await makeIfMissing(path)
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw configErrors.invalid(`${path} is readable by others`, {
      facts: { path, mode: (mode & 0o777).toString(8) },
      next: `Run: chmod 600 ${path}; and if others may have read it, remove it so that a new key is made.`,
    })
  }
  const key = (await readFile(path, 'utf8')).trim()
  if (key.length >= 32) return key
  throw configErrors.invalid(`${path} holds no key`, {
    facts: { path },
    next: 'Remove it: a new key is made at the next start.',
  })
}

/** Of two processes that make it at once, one wins and both read the same. An existing key is never touched. */
async function makeIfMissing(path: string): Promise<void> {
  const present = await stat(path).then(
    () => true,
    () => false,
  )
  if (!present) await createFile(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
}
