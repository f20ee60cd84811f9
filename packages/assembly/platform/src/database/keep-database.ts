import { setTimeout as delay } from 'node:timers/promises'
import type { Settings } from '@sluice/settings'
import { type Database, openDatabase } from './database.ts'

const lookMs = 250
const longestPauseMs = 30_000

/**
 * Restarts the embedded PostgreSQL when it ends under a running platform (killed, out of memory). It keeps its port, so that its clients
 * reconnect by themselves. A start that fails is reported and tried again after a longer pause each time. A server given by URL is left
 * alone. `close` releases what was started here.
 */
export function keepDatabase(settings: Settings, first: Database, note: (text: string) => void): { close(): Promise<void> } {
  const stopping = new AbortController()
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  let current = first
  const replace = async (): Promise<void> => {
    const ended = current
    current = await openDatabase(settings)
    // The platform owns the first handle and releases it when it ends.
    if (ended !== first) await ended.release()
    if (current.url === ended.url) note('PostgreSQL recovered: it had ended and was restarted')
    else note('PostgreSQL had ended and was restarted on another port: restart Sluice')
  }
  const loop = async (): Promise<void> => {
    for (let failed = 0; !stopping.signal.aborted; await pause(Math.min(lookMs * 2 ** failed, longestPauseMs))) {
      try {
        if (!current.runs()) await replace()
        failed = 0
      } catch (error) {
        failed++
        note(`PostgreSQL has ended and cannot be restarted: ${(error as Error).message}`)
      }
    }
  }
  const looping = first.embedded ? loop() : Promise.resolve()
  return {
    close: async () => {
      stopping.abort()
      await looping
      if (current !== first) await current.release()
    },
  }
}
