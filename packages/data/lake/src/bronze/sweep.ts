import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '../process.ts'

/** Spools end in `-<pid>-<uuid>.<extension>`, from the second file on with a number before it; the folder is this machine's, so a pid that no longer lives left its files behind. */
const owner = /-(\d+)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:\.\d+)?\.(?:ndjson|parquet)$/

/** Removes what killed processes left in the spool folder. */
export async function sweepSpools(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = owner.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}
