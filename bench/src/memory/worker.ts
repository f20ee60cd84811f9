import { readFile } from 'node:fs/promises'
import type { Host } from '../engine/host.ts'
import type { Platform } from '../engine/platform.ts'
import type { Growth } from './growth.ts'

/** Runs of tasks with outputs, one after another: what the largest worker process has resident behind the first and behind the last. */
export async function workerGrowth(platform: Platform, host: Host, runs: number): Promise<Growth> {
  const seen: number[] = []
  for (let run = 0; run < runs; run++) {
    await platform.ended(await platform.trigger('outputs'))
    seen.push(Math.max(...(await Promise.all(host.workers().map(residentMb)))))
  }
  return { small: seen[0] ?? 0, large: seen.at(-1) ?? 0 }
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  return Number(kilobytes) / 1024
}
