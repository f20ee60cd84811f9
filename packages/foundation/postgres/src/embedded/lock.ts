import { randomBytes } from 'node:crypto'
import { readlink, symlink, unlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { lockErrors, markLives, ownMark } from '@sluice/process'

/** Runs `act` while this process holds the lock at `path`; other processes (and other callers here) wait their turn. */
export async function withLock<T>(path: string, timeoutMs: number, act: () => Promise<T>): Promise<T> {
  const letGo = await hold(path, timeoutMs)
  try {
    return await act()
  } finally {
    await letGo()
  }
}

/**
 * Takes the lock at `path` and returns what gives it back; `lock.held` when another process has it for longer than `timeoutMs`.
 *
 * The lock is a symbolic link whose target is the holder's token: creating it is one atomic step that also writes the token. A holder that
 * died is removed by exactly one other: the one that creates `<path>.<dead token>.<n>`, the right to remove that token. Should that one die
 * as well, the right goes to `n + 1`; since a token is never used twice, whoever holds the last living right and still reads the dead token
 * may remove it.
 */
export async function hold(path: string, timeoutMs: number): Promise<() => Promise<void>> {
  const token = `${ownMark()}.${randomBytes(6).toString('hex')}`
  const deadline = Date.now() + timeoutMs
  while (!(await claim(path, token))) {
    const holder = await target(path)
    if (holder !== undefined && !markLives(holder) && (await breakDead(path, holder, token))) continue
    if (Date.now() > deadline) {
      throw lockErrors.held(`another process (${holder?.split('.')[0] ?? 'unknown'}) holds ${path} for longer than ${timeoutMs} ms`, {
        facts: { path, holder },
        next: 'Wait for that process, or stop it.',
      })
    }
    await delay(10)
  }
  return async () => {
    if ((await target(path)) === token) await unlink(path)
  }
}

/** Whether a living process holds the lock. */
export async function isHeld(path: string): Promise<boolean> {
  const holder = await target(path)
  return holder !== undefined && markLives(holder)
}

async function breakDead(path: string, dead: string, token: string): Promise<boolean> {
  const rights: string[] = []
  for (let n = 0; ; n++) {
    const right = `${path}.${dead}.${n}`
    rights.push(right)
    if (await claim(right, token)) break
    const holder = await target(right)
    if (holder === undefined || markLives(holder)) return false
  }
  if ((await target(path)) === dead) await unlink(path)
  for (const right of rights) await unlink(right).catch(ignoreMissing)
  return true
}

async function claim(path: string, token: string): Promise<boolean> {
  try {
    await symlink(token, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function target(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
