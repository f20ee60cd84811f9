import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Writes, when the process ends, how much processor time it took, in milliseconds. */
const meter = `data:text/javascript,${encodeURIComponent(`
import { writeSync } from 'node:fs'
process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(3, String((user + system) / 1000)) })
`)}`

/** Processor time of one process of this Node, from its start to its end. @throws when it does not end with 0 */
export async function processorTime(args: readonly string[], cwd: string): Promise<number> {
  const child = spawn(process.execPath, ['--import', meter, ...args], { cwd, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  let told = ''
  child.stdio[3]?.on('data', (chunk: Buffer) => (told += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
  return Number(told)
}
