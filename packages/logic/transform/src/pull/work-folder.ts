import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { markLives, ownMark } from '@sluice/process'

/** Containers may share the folder, but not the numbers of their processes. */
const prefix = `sluice-pull-${hostname()}-`

/** With a folder for what a pull reads and drops again. Those of processes that were killed go first. */
export async function inWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  await sweep(tmpdir())
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${ownMark()}-`))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What another user has left there stays. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const mark = name.startsWith(prefix) ? /^(\d+\.\d+)-\w{6}$/.exec(name.slice(prefix.length))?.[1] : undefined
    if (mark !== undefined && !markLives(mark)) await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)
  }
}
