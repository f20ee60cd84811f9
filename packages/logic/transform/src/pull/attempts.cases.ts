import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { long } from '@sluice/core/testing'

/** How often a test kills what it tests. */
export const kills = long ? 20 : 4

/** Runs a script to its end, or kills it after so many milliseconds; how long it took when it ended by itself. */
export async function attempt(script: string, args: readonly string[], killAfterMs?: number): Promise<number | undefined> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  if (code !== null && code !== 0) throw new Error(`the script failed with ${code}`)
  return code === 0 ? performance.now() - startedMs : undefined
}
