import type { Connection, OAuth } from '@sluice/author'
import { durationMs, retryAfterMs } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import type { Calls, SpanLimit } from './calls.ts'
import { rateWaitMs } from './rate-headers.ts'
import type { HeadersByName } from './request.ts'

/** Of a connection, in milliseconds. */
export const limitsOf = ({ limits = [] }: Connection): readonly SpanLimit[] =>
  limits.map(({ calls, per }) => ({ calls, perMs: durationMs(per) }))

export const usesOAuth = (connection: Connection | undefined): connection is Connection & { readonly auth: OAuth<string> } =>
  connection?.auth?.kind === 'oauth'

/** A call that may be made now. */
export interface Pass {
  /** When the head of the answer is there, or nothing will come. */
  done(): Promise<void>
}

export interface Waiting {
  /** The longest wait for it. */
  readonly maxWaitMs: number
  readonly sleep: (ms: number) => Promise<unknown>
  /** Told before each wait. */
  readonly waits: (ms: number) => void
}

/** Waits until the limits of a connection let one more call through. @throws `source.rate_limited` where that takes too long */
export async function enter(calls: Calls, connection: Connection, { maxWaitMs, sleep, waits }: Waiting): Promise<Pass> {
  for (let waited = 0; ; ) {
    const { waitMs, call } = await calls.begin(connection.name, limitsOf(connection))
    if (waitMs <= 0) return { done: async () => (call === undefined ? undefined : await calls.end(call)) }
    if (waited + waitMs > maxWaitMs) {
      throw sourceErrors.rate_limited(`connection ${connection.name} may not be called for another ${Math.ceil(waitMs / 1_000)} s`, {
        facts: { connection: connection.name, waitMs: Math.ceil(waitMs) },
        retryAfterMs: Math.ceil(waitMs),
        next: 'The step waits and is tried again. If that is too often, lengthen the schedule, or correct limits of the connection.',
      })
    }
    waits(waitMs)
    waited += waitMs
    await sleep(waitMs)
  }
}

/** A header that asks for more than a day holds nobody for longer. */
const longestHoldMs = 86_400_000
const holding = new Set([403, 429, 503])

/** What an answer says of the calls that come after it: all who call the connection wait so long. */
export function holdOf(connection: Connection, status: number, headers: HeadersByName, now: number): number {
  const asked = holding.has(status) ? retryAfterMs(headers['retry-after'], now) : undefined
  return Math.min(longestHoldMs, asked ?? rateWaitMs(headers, limitsOf(connection), now) ?? 0)
}
