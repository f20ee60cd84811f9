import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** Runs a script in a process of its own. The process dies with the test, also when the test fails or takes too long. */
export function startScript(path: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** What a process prints from now until its end. Throws when it fails. */
export async function outputOf(child: ChildProcess): Promise<string> {
  const ended = once(child, 'close')
  const printed = child.stdout === null ? '' : await text(child.stdout)
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`)
  return printed.trim()
}
