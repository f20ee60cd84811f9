import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { markLives } from '@sluice/process'

/** Where copies of a lake lie, each in a folder that is named for its process. */
export const linkedCopiesIn = (stateDir: string): string => join(stateDir, 'tmp', 'live')

/** `<process mark>-<uuid>` */
const owner = /^(\d+\.(?:\d+|-))-[0-9a-f-]{36}$/

/** Takes away the copies of processes that have ended. It loads neither Delta nor DuckDB, since each start calls it. */
export async function sweepLinkedCopies(stateDir: string): Promise<void> {
  const folder = linkedCopiesIn(stateDir)
  for (const name of await readdir(folder).catch(() => [])) {
    const mark = owner.exec(name)?.[1]
    if (mark !== undefined && !markLives(mark)) await rm(join(folder, name), { recursive: true, force: true })
  }
}
