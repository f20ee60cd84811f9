import type { Instant } from '@sluice/core'

/** What is tried again every second fails every second while a database is away: each trouble is told once, and its end. */
export interface Troubles {
  /** Of what will say when it is `over`. */
  tell(message: string): void
  /** Of what will not: told again when a minute has passed. */
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
