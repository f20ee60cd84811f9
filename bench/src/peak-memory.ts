import { readFile } from 'node:fs/promises'

/** The most memory this process ever had resident, MB. Not `ru_maxrss` on Linux: that begins with what the parent had when it forked. */
export async function peakMemoryMb(): Promise<number> {
  const status = process.platform === 'linux' ? await readFile('/proc/self/status', 'utf8') : ''
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) / 1024
}
