import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { undo } from '../scratch.ts'

/** What a process held at most, MB: behind a small piece of its work, and behind the large one. */
export interface Growth {
  readonly small: number
  readonly large: number
}

/** Runs a program of this folder in a process of its own, which prints a `Growth`. Its options are JSON in `BENCH_OPTIONS`. */
export async function growthOf(program: string, options: object): Promise<Growth> {
  const ending = new AbortController()
  await using _ = undo(async () => ending.abort())
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], {
    signal: ending.signal,
    env: { ...process.env, BENCH_OPTIONS: JSON.stringify(options) },
  })
  return JSON.parse(stdout) as Growth
}
