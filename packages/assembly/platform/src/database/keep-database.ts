import { setTimeout as delay } from 'node:timers/promises'
import type { Settings } from '@sluice/settings'
import { type Database, openDatabase } from './database.ts'

const lookMs = 250
const longestPauseMs = 30_000

/**
 * Starts the embedded PostgreSQL again when it ended by itself (killed, out of memory) under a running platform; all others reconnect by
 * themselves, since it keeps its port. A start that fails is told and tried again, later each time. A server given by URL is not ours to keep.
 * `close` gives back what was started here.
 */
export function keepDatabase(settings: Settings, first: Database, note: (text: string) => void): { close(): Promise<void> } {
  const stopping = new AbortController()
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  let current = first
  const replace = async (): Promise<void> => {
    const ended = current
    current = await openDatabase(settings)
    // Its first handle belongs to the platform, which releases it at its own end.
    if (ended !== first) await ended.release()
    if (current.url === ended.url) note('PostgreSQL had ended and was started again')
    else note('PostgreSQL had ended and was started again on another port: restart Sluice')
  }
  const loop = async (): Promise<void> => {
    for (let failed = 0; !stopping.signal.aborted; await pause(Math.min(lookMs * 2 ** failed, longestPauseMs))) {
      try {
        if (!current.runs()) await replace()
        failed = 0
      } catch (error) {
        failed++
        note(`PostgreSQL ended and does not start: ${(error as Error).message}`)
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
