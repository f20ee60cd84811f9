import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { markLives } from '@sluice/process'

/**
 * Spools end in `-<process mark>-<uuid>.<extension>`. The folder is this machine's, so a process that no longer lives left its files
 * behind, also when another one has its number now.
 */
const owner = /-(\d+\.(?:\d+|-))-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.(?:bodies|ndjson|parquet)$/

/** Removes what killed processes left in the spool folder. */
export async function sweepSpools(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const mark = owner.exec(name)?.[1]
    if (mark !== undefined && !markLives(mark)) await rm(join(folder, name), { force: true })
  }
}
