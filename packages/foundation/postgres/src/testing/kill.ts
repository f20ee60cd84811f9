import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from '@sluice/process'

/**
 * Kills a postmaster with SIGKILL and waits until it and its sessions are gone: these notice within milliseconds on an idle machine, and
 * answer a query or two before that on a busy one.
 */
export async function killPostmaster(pid: number): Promise<void> {
  const family = [pid, ...(await childrenOf(pid))]
  process.kill(pid, 'SIGKILL')
  while (family.some(isAlive)) await delay(2)
}

async function childrenOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((each) => each > 0)
  const parents = await Promise.all(pids.map(parentOf))
  return pids.filter((_, index) => parents[index] === pid)
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}
