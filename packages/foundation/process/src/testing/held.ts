import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/**
 * What a script held, as it printed it: megabytes, one number a line. It runs in a process of its own whose garbage can be collected on
 * demand, and dies with the test.
 */
export async function heldAfter(script: URL, ...args: readonly string[]): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const printed = await text(child.stdout)
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw new Error(`${fileURLToPath(script)} ended with ${code}`)
  return printed.trim().split('\n').map(Number)
}
