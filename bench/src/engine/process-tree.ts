import { readdir, readFile } from 'node:fs/promises'

interface Process {
  readonly pid: number
  readonly parent: number
  /** Processor time so far, milliseconds. */
  readonly cpuMs: number
}

const ticksASecond = 100

async function processOf(pid: number): Promise<Process | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // The name stands in brackets and may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  return { pid, parent: fields[1] ?? 0, cpuMs: (((fields[11] ?? 0) + (fields[12] ?? 0)) * 1000) / ticksASecond }
}

/** These processes and all below them. */
export async function treeOf(...roots: readonly number[]): Promise<readonly Process[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const all = (await Promise.all(pids.map(processOf))).filter((each) => each !== undefined)
  const tree = all.filter(({ pid }) => roots.includes(pid))
  for (const each of tree) tree.push(...all.filter(({ parent, pid }) => parent === each.pid && !tree.some((known) => known.pid === pid)))
  return tree
}

/** What the processes have in memory, MB: what several share is divided among them. */
export async function memoryMb(processes: readonly Process[]): Promise<number> {
  const shares = await Promise.all(
    processes.map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
      return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0)
    }),
  )
  return shares.reduce((sum, each) => sum + each, 0) / 1024
}
