import type { Instant } from '@sluice/core'

/** What is tried every second fails every second while a database is unavailable: each trouble is reported once, and its end once. */
export interface Troubles {
  /** Of work that reports when it is `over`. */
  tell(message: string): void
  /** Of work that does not: reported again after a minute. */
  mention(message: string): void
  over(): void
}

const againAfterMs = 60_000

export function createTroubles(
  report: { readonly trouble: (message: string) => void; readonly recovered: () => void },
  now: () => Instant = Date.now,
): Troubles {
  const open = new Set<string>()
  const mentioned = new Map<string, Instant>()
  return {
    tell(message) {
      if (open.has(message)) return
      open.add(message)
      report.trouble(message)
    },
    mention(message) {
      const at = now()
      for (const [old, toldAt] of mentioned) if (at - toldAt >= againAfterMs) mentioned.delete(old)
      if (open.has(message) || mentioned.has(message)) return
      mentioned.set(message, at)
      report.trouble(message)
    },
    over() {
      if (open.size === 0) return
      open.clear()
      report.recovered()
    },
  }
}
