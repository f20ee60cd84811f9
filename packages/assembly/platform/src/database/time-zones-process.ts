import { endAtOnce } from '@sluice/process'
import { timeZoneWarnings } from './time-zones.ts'

/** Entry of the process that compares time zones: one question, one reply, the end. */
export interface TimeZoneQuestion {
  readonly databaseUrl: string
  readonly zones: readonly string[]
  /** Epoch milliseconds. */
  readonly now: number
}

export type TimeZoneReply = { readonly warnings: readonly string[] } | { readonly error: string }

process.on('disconnect', endAtOnce)
process.once('message', ({ databaseUrl, zones, now }: TimeZoneQuestion) => {
  const replied = timeZoneWarnings(databaseUrl, zones, now).then(
    (warnings): TimeZoneReply => ({ warnings }),
    (error: Error): TimeZoneReply => ({ error: error.message }),
  )
  void replied.then((reply) => process.send?.(reply, () => process.exit(0)))
})
