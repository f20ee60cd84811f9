import { parseInstant } from '@sluice/core'
import type { SpanLimit } from './calls.ts'
import type { HeadersByName } from './request.ts'

/**
 * Milliseconds until a service takes one more call, where the headers of an answer say that nothing is left: `RateLimit` of the IETF's
 * drafts (`"default";r=0;t=30`; `remaining=0, reset=30`; `RateLimit-Remaining` and `RateLimit-Reset`), `X-RateLimit-Remaining` and
 * `X-RateLimit-Reset`, or lists of limits and what is used of them (`200,2000` and `200,1437`), whose spans are those of `limits`.
 */
export function rateWaitMs(headers: HeadersByName, limits: readonly SpanLimit[], now: number): number | undefined {
  const waits = [ofStructured(headers.ratelimit), ...prefixes.map((prefix) => ofPair(headers, prefix, now)), ofUsage(headers, limits, now)]
  const known = waits.filter((wait) => wait !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

const prefixes = ['ratelimit-', 'x-ratelimit-', 'x-rate-limit-']

/** Draft 08 and later: items with `r` and `t`. Before it: `limit=100, remaining=0, reset=30`. */
function ofStructured(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const waits = header.split(/,(?=\s*")/).flatMap((item) => {
    const left = /[;,\s](?:r|remaining)=(\d+)/.exec(`;${item}`)?.[1]
    const after = /[;,\s](?:t|reset)=(\d+)/.exec(`;${item}`)?.[1]
    return left === '0' && after !== undefined ? [Number(after) * 1_000] : []
  })
  return waits.length === 0 ? undefined : Math.max(...waits)
}

function ofPair(headers: HeadersByName, prefix: string, now: number): number | undefined {
  if (headers[`${prefix}remaining`]?.trim() !== '0') return undefined
  return resetMs(headers[`${prefix}reset`], now)
}

/** Below it a number counts seconds from now: as a time it would be of 1973. */
const earliestSeconds = 1e8

/** Seconds from now, seconds or milliseconds since 1970, or a time as text. */
function resetMs(text: string | undefined, now: number): number | undefined {
  const trimmed = text?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    const number = Number(trimmed)
    if (number < earliestSeconds) return Math.ceil(number * 1_000)
    return Math.max(0, Math.ceil(number < earliestSeconds * 1_000 ? number * 1_000 : number) - now)
  }
  const at = parseInstant(trimmed.replace(/ (?=[+-]\d{2}:?\d{2}$)/, '')) ?? (/GMT$/.test(trimmed) ? Date.parse(trimmed) : Number.NaN)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** Windows of such services begin with the hour and with the day (UTC), so that they are told by their length. */
function ofUsage(headers: HeadersByName, limits: readonly SpanLimit[], now: number): number | undefined {
  const waits = ['x-ratelimit-', 'x-readratelimit-'].flatMap((prefix) => {
    const most = numbersIn(headers[`${prefix}limit`])
    return numbersIn(headers[`${prefix}usage`]).flatMap((used, at) => {
      const perMs = limits[at]?.perMs
      return perMs !== undefined && used >= (most[at] ?? Number.POSITIVE_INFINITY) ? [perMs - (now % perMs)] : []
    })
  })
  return waits.length === 0 ? undefined : Math.max(...waits)
}

const numbersIn = (text: string | undefined): readonly number[] =>
  (text ?? '').split(',').flatMap((part) => (/^\s*\d+\s*$/.test(part) ? [Number(part)] : []))
