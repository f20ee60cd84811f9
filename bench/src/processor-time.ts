import { readdirSync, readFileSync } from 'node:fs'

/** What processes have used of the processors, with the children that they have waited for and their living descendants. Milliseconds. */
export function processorTimeOf(pids: readonly number[]): number {
  const processes = new Map<number, Used>()
  for (const name of readdirSync('/proc')) {
    const used = /^\d+$/.test(name) ? usedBy(Number(name)) : undefined
    if (used !== undefined) processes.set(Number(name), used)
  }
  // One may be below another: each counts once.
  const counted = new Set(pids)
  for (const pid of counted) for (const [child, { parent }] of processes) if (parent === pid) counted.add(child)
  return [...counted].reduce((sum, pid) => sum + (processes.get(pid)?.ticks ?? 0), 0) * msOfTick
}

interface Used {
  readonly parent: number
  readonly ticks: number
}

/** Linux tells processor time to programs in hundredths of a second, whatever its own clock is. */
const msOfTick = 10

/** `man 5 proc`: the name in brackets may hold anything; behind it the parent is the second field, and times are the 12th to the 15th. */
function usedBy(pid: number): Used | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return { parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0) }
  } catch {
    // It has ended meanwhile, and its parent has its time.
    return undefined
  }
}

/** What work in this process takes of the processors, its threads among them. */
export async function ownProcessorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** What work takes of the processors, in these processes and below them. What else the machine does changes it little. */
export async function processorTime(work: () => Promise<unknown>, pids: readonly number[]): Promise<number> {
  const before = processorTimeOf(pids)
  await work()
  return processorTimeOf(pids) - before
}
