export interface RateWindowOptions {
  /** Requests allowed to one client in one window. */
  readonly limit: number
  /** Length of a window of the real service. */
  readonly windowMs: number
  /** How many times faster than the real service windows pass; default 1. */
  readonly speed?: number
  /** Epoch milliseconds; default the clock. */
  readonly now?: () => number
}

export type RateVerdict =
  | { readonly allowed: true; readonly used: number; readonly remaining: number; readonly resetMs: number }
  | { readonly allowed: false; readonly used: number; readonly retryAfterMs: number }

/**
 * Counts requests per client in fixed windows aligned on the epoch, as services with windows at :00 :15 :30 :45 do.
 * A refused request is not counted. `retryAfterMs` and `resetMs` are real milliseconds: already divided by `speed`.
 */
export function rateWindow(options: RateWindowOptions): { take(client: string): RateVerdict } {
  const { limit, windowMs, speed = 1, now = Date.now } = options
  const length = windowMs / speed
  let current = Number.NaN
  let counts = new Map<string, number>()
  return {
    take(client) {
      const instant = now()
      const window = Math.floor(instant / length)
      if (window !== current) {
        current = window
        counts = new Map()
      }
      const left = (window + 1) * length - instant
      const used = counts.get(client) ?? 0
      if (used >= limit) return { allowed: false, used, retryAfterMs: left }
      counts.set(client, used + 1)
      return { allowed: true, used: used + 1, remaining: limit - used - 1, resetMs: left }
    },
  }
}
