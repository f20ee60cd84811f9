import { AsyncLocalStorage } from 'node:async_hooks'
import { format } from 'node:util'
import type { AttemptLog, Level } from './attempt-log.ts'

const methods = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug' } as const satisfies Record<
  string,
  Level
>

/** The log of the attempt whose code is running; code that outlives its attempt writes to an ended log, which drops it. */
export const currentLog = new AsyncLocalStorage<AttemptLog>()

/**
 * What user code prints through `console` goes to the log of its attempt; what is printed outside of attempts goes where it went before.
 */
export function captureConsole(): void {
  for (const [name, level] of Object.entries(methods) as [keyof typeof methods, Level][]) {
    const original = console[name].bind(console)
    console[name] = (...parts: readonly unknown[]) => {
      const log = currentLog.getStore()
      if (log === undefined) original(...parts)
      else log.line(level, format(...parts), undefined, 'console')
    }
  }
}
