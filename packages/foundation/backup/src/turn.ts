import { hostname } from 'node:os'
import { isSameProcess, lockErrors, processMark } from '@sluice/process'
import type { BackupPlace } from './place.ts'

interface Holder {
  readonly pid: number
  readonly mark: string
  readonly host: string
}

const name = 'running.json'

/**
 * One backup at a time is made in a place, since what no backup names is taken away at the end of each. @throws `lock.held`
 */
export async function inTurn<T>(place: BackupPlace, act: () => Promise<T>): Promise<T> {
  const own: Holder = { pid: process.pid, mark: processMark(process.pid) ?? '-', host: hostname() }
  for (let tries = 0; !(await place.create(name, JSON.stringify(own))); tries++) {
    const holder = JSON.parse((await place.text(name)) ?? 'null') as Holder | null
    if (holder !== null && (tries > 2 || holder.host !== own.host || isSameProcess(holder.pid, holder.mark))) {
      throw lockErrors.held(`another backup is made in ${place.name}: process ${holder.pid} of ${holder.host}`, {
        facts: { ...holder },
        next: `Wait for its end. Where that process is no more, remove ${place.name}/${name}.`,
      })
    }
    await place.remove(name)
  }
  try {
    return await act()
  } finally {
    await place.remove(name)
  }
}
