import type { Instant } from '@sluice/core'

interface Span {
  readonly startedAt: Instant | null
  readonly endedAt: Instant | null
}

/**
 * When each of them was under way, as bars under one another: from the first start to the last end. What began has a cell at least; what
 * did not begin has none.
 */
export function timeline(spans: readonly Span[], now: Instant, cells = 24): readonly string[] {
  const bounds = spans.flatMap(({ startedAt, endedAt }) =>
    startedAt === null ? [] : [{ from: startedAt, to: Math.max(startedAt, endedAt ?? now) }],
  )
  const from = bounds.reduce((least, each) => Math.min(least, each.from), Number.POSITIVE_INFINITY)
  const to = bounds.reduce((most, each) => Math.max(most, each.to), Number.NEGATIVE_INFINITY)
  const cellAt = (instant: Instant, round: (cell: number) => number): number =>
    to === from ? 0 : round(((instant - from) / (to - from)) * cells)
  return spans.map(({ startedAt, endedAt }) => {
    if (startedAt === null) return '·'.repeat(cells)
    const first = Math.min(cells - 1, cellAt(startedAt, Math.floor))
    const length = Math.max(1, cellAt(Math.max(startedAt, endedAt ?? now), Math.ceil) - first)
    return `${'·'.repeat(first)}${'█'.repeat(length)}${'·'.repeat(cells - first - length)}`
  })
}
