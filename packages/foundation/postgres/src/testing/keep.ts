import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isHeld } from '../embedded/lock.ts'

export const keeperLock = (dir: string): string => join(dir, 'keeper')

/**
 * Sees to it that the server of `dir` ends with its users and its files go, however they end: a small process of its own (`keeper.ts`)
 * watches them. Call after `acquireServer`: the keeper leaves only under the server's lock and without living users, so either it sees this
 * user or it is gone.
 */
export async function keep(dir: string, share: 'shared' | 'private'): Promise<void> {
  if (await isHeld(keeperLock(dir))) return
  const keeper = fileURLToPath(import.meta.resolve('@sluice/postgres/testing/keeper'))
  spawn(process.execPath, [keeper, dir, share], { detached: true, cwd: '/', stdio: 'ignore', env: { PATH: process.env.PATH } }).unref()
}
