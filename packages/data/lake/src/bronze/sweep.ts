import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from '../failure.ts'
import { namesIn } from '../folder.ts'

/** Spools end in `-<pid>-<uuid>.<extension>`; the lake is on this machine, so a pid that no longer lives left its files behind. */
const owner = /-(\d+)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.(?:ndjson|parquet)$/

/** Removes what killed processes left in the spool folder. */
export async function sweepSpools(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const pid = owner.exec(name)?.[1]
    if (pid !== undefined && !lives(Number(pid))) await rm(join(folder, name), { force: true })
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return errnoOf(thrown) !== 'ESRCH'
  }
}
