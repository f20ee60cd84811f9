export interface BucketOptions {
  /** How many at once. */
  readonly burst: number
  /** One more comes in so often. */
  readonly everyMs: number
  readonly now: () => number
}

/** A bucket that leaks: short bursts pass, then one in each span. `take` answers 0, or after how many milliseconds the next one passes. */
export function bucket({ burst, everyMs, now }: BucketOptions): { take(client: string): number } {
  const full = new Map<string, number>()
  return {
    take(client) {
      const instant = now()
      const until = Math.max(instant, full.get(client) ?? 0)
      const left = until - instant - (burst - 1) * everyMs
      if (left > 0) return left
      full.set(client, until + everyMs)
      return 0
    },
  }
}
