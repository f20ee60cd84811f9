/** So many calls in a span. */
export interface SpanLimit {
  readonly calls: number
  readonly perMs: number
}

/** A call that was let through. Until it has ended it counts as made now: its service may see it so late. */
export interface Call {
  readonly began: number
  readonly ended: number | undefined
}

/** Of a call whose process tells no end any more. */
export const unendedMs = 60_000

/**
 * Milliseconds until one more call fits every limit; 0 now. A call is kept for the whole span behind its end, so that the service, whose
 * clock and windows nobody knows, never sees more than the limit in any span of that length. Pure.
 */
export function waitMsOf(calls: readonly Call[], limits: readonly SpanLimit[], now: number): number {
  const seen = calls.map(({ began, ended }) => ended ?? Math.min(now, began + unendedMs)).sort((a, b) => b - a)
  return limits.reduce((longest, limit) => Math.max(longest, (seen[limit.calls - 1] ?? Number.NEGATIVE_INFINITY) + limit.perMs - now), 0)
}

/** The calls that no limit counts any more. */
export const isOver = ({ began, ended }: Call, limits: readonly SpanLimit[], now: number): boolean =>
  limits.every(({ perMs }) => (ended ?? began + unendedMs) + perMs <= now)

/** What became of the wish to call: `waitMs` is 0 where it may be made. `call` is there where its end is to be told. */
export interface Begun {
  readonly waitMs: number
  readonly call?: string
}

/** Counts the calls to each connection of a project, of all who call. */
export interface Calls {
  begin(connection: string, limits: readonly SpanLimit[]): Promise<Begun>
  end(call: string): Promise<void>
  /** Nobody begins a call for so long. */
  hold(connection: string, ms: number): Promise<void>
}

/** Those of this process alone: in tests, and where there is no metadata database. */
export function callsHere(now: () => number = Date.now): Calls {
  const made = new Map<string, Map<string, Call>>()
  const held = new Map<string, number>()
  let last = 0
  return {
    begin: async (connection, limits) => {
      const at = now()
      const own = made.get(connection) ?? new Map<string, Call>()
      made.set(connection, own)
      for (const [id, call] of own) if (isOver(call, limits, at)) own.delete(id)
      const waitMs = Math.max(waitMsOf([...own.values()], limits, at), (held.get(connection) ?? at) - at)
      if (waitMs > 0 || limits.length === 0) return { waitMs }
      const call = `${connection} ${++last}`
      own.set(call, { began: at, ended: undefined })
      return { waitMs: 0, call }
    },
    end: async (id) => {
      for (const own of made.values()) {
        const call = own.get(id)
        if (call !== undefined) own.set(id, { ...call, ended: now() })
      }
    },
    hold: async (connection, ms) => void held.set(connection, Math.max(held.get(connection) ?? 0, now() + ms)),
  }
}
