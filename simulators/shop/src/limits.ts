import type { SimulatorReply } from '@sluice/simulator-kit'

/** How a service tells what is left of its limit. */
export type LimitHeaders = 'none' | 'retry-after' | 'x-ratelimit' | 'ratelimit' | 'structured' | 'usage'

export interface LimitRules {
  /** Requests in any span of this length; more are refused with 429. */
  readonly calls: number
  readonly perMs: number
  readonly headers: LimitHeaders
  readonly now: () => number
}

export interface Limit {
  /** Counts a request. The reply refuses it. */
  take(): SimulatorReply | undefined
  /** What an answer tells of the limit. */
  headers(): Readonly<Record<string, string>>
  /** How many requests were refused, and the most that came in a span. */
  readonly seen: () => { readonly refused: number; readonly most: number }
}

/** A limit over a span that slides: the strictest that services have. */
export function slidingLimit({ calls, perMs, headers: how, now }: LimitRules): Limit {
  let times: number[] = []
  let [refused, most] = [0, 0]
  const left = (): number => Math.max(0, calls - times.length)
  const waitMs = (): number => (left() > 0 ? 0 : Math.max(0, (times[0] ?? 0) + perMs - now()))
  const clear = (): void => {
    times = times.filter((at) => at + perMs > now())
  }
  const headers = (): Record<string, string> => {
    clear()
    const seconds = Math.ceil(waitMs() / 1_000)
    switch (how) {
      case 'none':
      case 'retry-after':
        return {}
      case 'x-ratelimit':
        return {
          'x-ratelimit-limit': `${calls}`,
          'x-ratelimit-remaining': `${left()}`,
          'x-ratelimit-reset': `${Math.ceil((now() + waitMs()) / 1_000)}`,
        }
      case 'ratelimit':
        return { 'ratelimit-limit': `${calls}`, 'ratelimit-remaining': `${left()}`, 'ratelimit-reset': `${seconds}` }
      case 'structured':
        return { 'ratelimit-policy': `"all";q=${calls};w=${Math.ceil(perMs / 1_000)}`, ratelimit: `"all";r=${left()};t=${seconds}` }
      case 'usage':
        return { 'x-ratelimit-limit': `${calls},100000`, 'x-ratelimit-usage': `${times.length},${times.length}` }
      default:
        return how satisfies never
    }
  }
  return {
    take() {
      clear()
      most = Math.max(most, times.length + 1)
      if (left() > 0) {
        times.push(now())
        return undefined
      }
      refused++
      const after = { 'retry-after': `${Math.max(1, Math.ceil(waitMs() / 1_000))}` }
      return { status: 429, headers: { ...(how === 'retry-after' ? after : {}), ...headers() }, body: { error: 'too many requests' } }
    },
    headers,
    seen: () => ({ refused, most }),
  }
}
