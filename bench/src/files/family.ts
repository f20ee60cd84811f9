import { readFile } from 'node:fs/promises'
import { peakMemoryMb } from '../peak-memory.ts'

const ticksASecond = 100
const lookMs = 20

/** What this process and those that it starts take, from now on. */
export interface Family extends Disposable {
  /** Processor time, milliseconds: that of processes that were started counts once they have ended. */
  cpuMs(): Promise<number>
  /** The most that all of them had in memory at one look, and this one ever, MB. */
  peakMb(): Promise<number>
}

export async function watchFamily(): Promise<Family> {
  const before = await cpuMs()
  let peak = 0
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, lookMs)
  async function look(): Promise<void> {
    const pids = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '')
    const each = await Promise.all(['self', ...pids.trim().split(' ')].map(residentMb))
    peak = Math.max(
      peak,
      each.reduce((sum, mb) => sum + mb, 0),
    )
  }
  return {
    cpuMs: async () => (await cpuMs()) - before,
    peakMb: async () => Math.max(peak, await peakMemoryMb()),
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

async function residentMb(pid: string): Promise<number> {
  const status = pid === '' ? '' : await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
}

async function cpuMs(): Promise<number> {
  const text = await readFile('/proc/self/stat', 'utf8').catch(() => undefined)
  if (text === undefined) {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  return ([11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0) * 1000) / ticksASecond
}
