import { hostname } from 'node:os'
import { isSameProcess, lockErrors, processMark } from '@sluice/process'
import { objectIn } from './object-in.ts'
import type { BackupPlace } from './place.ts'

interface Holder {
  readonly pid: number
  readonly mark: string
  readonly host: string
}

const name = 'running.json'

/** @throws `lock.held` for a file that does not say who holds the place: only people know */
function holderIn(text: string | undefined, place: BackupPlace): Holder | undefined {
  if (text === undefined) return undefined
  const { pid, mark, host } = objectIn(text) ?? {}
  if (typeof pid === 'number' && typeof mark === 'string' && typeof host === 'string') return { pid, mark, host }
  throw lockErrors.held(`${place.name}/${name} does not say which process makes a backup there`, {
    next: `Where none does, remove ${place.name}/${name}.`,
  })
}

/**
 * One backup at a time is made in a place, since what no backup names is taken away at the end of each. @throws `lock.held`
 */
export async function inTurn<T>(place: BackupPlace, act: () => Promise<T>): Promise<T> {
  const own: Holder = { pid: process.pid, mark: processMark(process.pid) ?? '-', host: hostname() }
  for (let tries = 0; !(await place.create(name, JSON.stringify(own))); tries++) {
    const holder = holderIn(await place.text(name), place)
    if (holder !== undefined && (tries > 2 || holder.host !== own.host || isSameProcess(holder.pid, holder.mark))) {
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
