import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** How much of its processors the machine uses, 0 to 1, over a short time in which the benchmark does nothing. */
export async function busyShare(ms = 300): Promise<number> {
  const before = await processorTimes()
  await delay(ms)
  const after = await processorTimes()
  const all = after.all - before.all
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all
}

async function processorTimes(): Promise<{ readonly all: number; readonly idle: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8').catch(() => '')).split('\n')
  const times = line.split(/\s+/).slice(1, 9).map(Number)
  return { all: times.reduce((sum, each) => sum + each, 0), idle: (times[3] ?? 0) + (times[4] ?? 0) }
}
