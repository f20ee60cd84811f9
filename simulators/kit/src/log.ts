/** One request as the simulator saw it; `status` and `ms` are null while it is not answered (for ever when it is never answered). */
export interface RequestEntry {
  readonly at: number
  readonly method: string
  readonly path: string
  /** Without the question mark, as sent. */
  readonly query: string
  readonly status: number | null
  readonly ms: number | null
  /** The kind of the fault that disturbed it. */
  readonly fault?: string
  /** What the simulator itself threw: a defect of the simulator, answered 500. */
  readonly error?: string
}

const KEPT = 10_000

export interface RequestLog {
  /** The last 10 000 requests, oldest first. */
  list(): readonly RequestEntry[]
  /** Writes the arrival; the returned function completes the entry. */
  arrive(entry: Pick<RequestEntry, 'at' | 'method' | 'path' | 'query'>): (more: Partial<RequestEntry>) => void
}

export function requestLog(): RequestLog {
  const entries: { entry: RequestEntry }[] = []
  return {
    list: () => entries.map(({ entry }) => entry),
    arrive(arrival) {
      const cell: { entry: RequestEntry } = { entry: { ...arrival, status: null, ms: null } }
      entries.push(cell)
      if (entries.length > KEPT) entries.shift()
      return (more) => {
        cell.entry = { ...cell.entry, ...more }
      }
    },
  }
}
