import { readFileSync } from 'node:fs'

/**
 * How many processes the kernel has killed for want of memory: in the control group of this process, else on the machine. A count that
 * rose between two looks says that it killed one, not which: with a SIGKILL that nobody here sent, it is the likely cause. Zero where the
 * system does not tell.
 */
export function oomKills(): number {
  for (const [file, field] of places()) {
    const found = new RegExp(`^${field} (\\d+)$`, 'm').exec(textOf(file))
    if (found !== null) return Number(found[1])
  }
  return 0
}

/** Control groups of both versions, then the machine's counters (Linux 4.13 and later). */
function places(): readonly (readonly [file: string, field: string])[] {
  const groups = textOf('/proc/self/cgroup')
    .split('\n')
    .map((line) => line.split(':'))
  const v2 = groups.find(([id, controllers]) => id === '0' && controllers === '')?.[2]
  const v1 = groups.find(([, controllers]) => controllers?.split(',').includes('memory') === true)?.[2]
  return [
    ...(v2 === undefined ? [] : ([[`/sys/fs/cgroup${v2}/memory.events`, 'oom_kill']] as const)),
    ...(v1 === undefined ? [] : ([[`/sys/fs/cgroup/memory${v1}/memory.oom_control`, 'oom_kill']] as const)),
    ['/proc/vmstat', 'oom_kill'],
  ]
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
