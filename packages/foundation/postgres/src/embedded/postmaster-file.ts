import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What PostgreSQL writes into `postmaster.pid`; `status` is its eighth line (since PostgreSQL 10). */
export interface PostmasterFile {
  readonly pid: number
  readonly dataDir: string
  readonly port: number
  readonly status: string
}

/** The file's content, or `undefined` when it is missing or not yet written to line 8. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  try {
    return parsePostmasterFile(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'))
  } catch {
    return undefined
  }
}

export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  // A negative number marks a standalone backend.
  const pid = Math.abs(Number(lines[0]))
  if (!Number.isSafeInteger(pid) || pid === 0) return undefined
  return { pid, dataDir: lines[1] ?? '', port: Number(lines[3] ?? 0), status: lines[7] ?? '' }
}
